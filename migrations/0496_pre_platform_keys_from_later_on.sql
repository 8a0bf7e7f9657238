-- pre: A merchant's choice of a key of the platform may count from later on; until then the one before does.

alter table wire.merchants add column platform_key_before text, add column platform_key_from timestamptz;
alter table wire.merchants add constraint merchants_had_a_key_until_another_counts check (
  platform_key_before is null or platform_key_from is not null) not valid;
grant update (platform_key_before, platform_key_from) on wire.merchants to weiji_app;
