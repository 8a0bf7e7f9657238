-- pre: Since when somebody has their name is kept, where it is not the first: word rules are tried on what names were taken lately.
alter table identity.people add column named_at timestamptz;
grant update (named_at) on identity.people to weiji_app;
