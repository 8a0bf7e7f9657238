-- pre: Coupons for a merchant's own till may have codes of the merchant's own: uploaded beforehand, or said with each that is sent.

create table wire.code_stocks (
  shard smallint not null,
  campaign_id uuid not null,
  mode text not null constraint code_stocks_mode_is_known check (mode in ('MERCHANT_UPLOAD', 'MERCHANT_API')),
  codes integer not null default 0 constraint code_stocks_codes_are_limited check (codes between 0 and 10000000),
  constraint code_stocks_live_with_their_campaign check (shard = kit.shard_of(campaign_id)),
  primary key (campaign_id, shard)
);
grant select, insert, update (codes) on wire.code_stocks to weiji_app;

create table wire.own_codes (
  shard smallint not null,
  shop_id uuid not null,
  code text not null constraint own_codes_shape check (code ~ '^[0-9A-Za-z \\/=|_-]{1,32}$'),
  campaign_id uuid not null,
  uploaded_at timestamptz not null,
  coupon_id uuid,
  sent_at timestamptz,
  deleted_at timestamptz,
  constraint own_codes_live_with_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(campaign_id)),
  constraint own_codes_are_sent_at_some_time check ((coupon_id is null) = (sent_at is null)),
  constraint own_codes_deleted_were_never_sent check (deleted_at is null or coupon_id is null),
  primary key (shop_id, code, shard)
);
create unique index own_codes_one_for_each_coupon on wire.own_codes (coupon_id, shard) where coupon_id is not null;
create index own_codes_of_a_stock on wire.own_codes (campaign_id, code) where deleted_at is null;
create index own_codes_left on wire.own_codes (campaign_id) where deleted_at is null and coupon_id is null;
grant select, insert, update (campaign_id, uploaded_at, coupon_id, sent_at, deleted_at) on wire.own_codes to weiji_app;
