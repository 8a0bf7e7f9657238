-- pre: The master key can be replaced. What is derived from it (indexes that phone numbers are found by, the pepper of payment
-- passwords, keys that others know) hangs on the first one for ever: once another is in use, it is here, sealed with that.
alter table kit.installation
  add column root_sealed bytea constraint installation_root_is_sealed check (length(root_sealed) between 80 and 500);
grant update (root_sealed) on kit.installation to weiji_app;
