-- A key that the platform signs with may be ended before it expires; and merchants' programs name the app by which they know people.

alter table wire.platform_keys
  add column ended_at timestamptz,
  add constraint platform_keys_authority_goes_on check (kind <> 'authority' or ended_at is null);
grant update (ended_at) on wire.platform_keys to weiji_app;

alter table wire.merchants
  add column coupon_appid text constraint merchants_coupon_appid_length check (length(coupon_appid) between 1 and 32);
grant update (coupon_appid) on wire.merchants to weiji_app;
