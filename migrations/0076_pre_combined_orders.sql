-- Orders of several merchants that a program has paid at once: each is a merchant order in its own shop's shard.
create table wire.combined_orders (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  mchid text not null,
  number text not null constraint combined_orders_number_length check (length(number) between 1 and 32),
  kind text not null constraint combined_orders_kind_is_known check (kind in ('jsapi', 'native', 'app', 'h5')),
  lines jsonb not null constraint combined_orders_have_lines check (jsonb_array_length(lines) between 1 and 10),
  total bigint not null constraint combined_orders_total_is_in_range check (total between 1 and 9007199254740991),
  notify_url text not null constraint combined_orders_notify_url_length check (length(notify_url) between 1 and 255),
  terms jsonb not null,
  key_id text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  is_paid boolean,
  primary key (id, shard),
  constraint combined_orders_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint combined_orders_end_somehow check ((ended_at is null) = (is_paid is null))
);
grant select, insert, update (ended_at, is_paid) on wire.combined_orders to weiji_app;

-- The combined order that an order belongs to, in its shard or another one.
alter table wire.merchant_orders add column combined_id uuid;

-- Bills of what was shared, and came back, on a day.
create index splits_made_on on wire.splits (created_at);
create index split_returns_made_on on wire.split_returns (created_at);

-- Whose service provider a merchant is.
create index merchants_partners on wire.merchants using gin (partners);
