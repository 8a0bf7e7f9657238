-- What the master key gives for one purpose, so that another key is noticed before anything is sealed with it.
-- Null until the first start with a key.
alter table kit.installation
  add column key_mark bytea constraint installation_key_mark_is_a_hash check (length(key_mark) = 32);
grant update (key_mark) on kit.installation to weiji_app;
