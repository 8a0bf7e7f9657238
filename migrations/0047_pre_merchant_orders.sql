-- Orders that merchants' own programs make: their money goes the way of every order's.
alter table payments.payments
  drop constraint payments_purpose_is_known,
  add constraint payments_purpose_is_known check (purpose in ('order', 'top_up', 'deposit', 'merchant_order'));

-- Numbers of merchants who may make orders for this one: its service providers.
alter table wire.merchants add column partners text[] not null default '{}'
  constraint merchants_partners_are_few check (cardinality(partners) <= 20);
grant update (partners) on wire.merchants to weiji_app;

create table wire.merchant_orders (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  mchid text not null,
  caller_mchid text not null,
  number text not null constraint merchant_orders_number_length check (length(number) between 1 and 32),
  kind text not null constraint merchant_orders_kind_is_known check (kind in ('jsapi', 'native', 'app', 'h5')),
  description text not null constraint merchant_orders_description_length check (length(description) between 1 and 127),
  total bigint not null constraint merchant_orders_total_is_in_range check (total between 1 and 9007199254740991),
  notify_url text not null constraint merchant_orders_notify_url_length check (length(notify_url) between 1 and 255),
  shares_profit boolean not null,
  terms jsonb not null,
  key_id text,
  fee_ppm integer not null constraint merchant_orders_fee_ppm_range check (fee_ppm between 0 and 1000000),
  settle_days smallint not null constraint merchant_orders_settle_days_range check (settle_days between 0 and 90),
  state text not null constraint merchant_orders_state_is_known check (state in ('open', 'paid', 'closed')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  due_at timestamptz,
  paid_at timestamptz,
  closed_at timestamptz,
  settled_at timestamptz,
  payment_id uuid,
  payer_id uuid,
  channel text,
  released bigint not null default 0,
  fee bigint not null default 0,
  shared bigint not null default 0,
  refunded bigint not null default 0,
  given_back bigint not null default 0,
  fee_returned bigint not null default 0,
  primary key (id, shard),
  constraint merchant_orders_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint merchant_orders_paid_have_a_payment check (
    (state = 'paid') = (payment_id is not null) and (payment_id is null) = (payer_id is null)
    and (payment_id is null) = (paid_at is null) and (payment_id is null) = (channel is null)),
  constraint merchant_orders_closed_when check ((state = 'closed') = (closed_at is not null)),
  constraint merchant_orders_settled_are_released check (settled_at is null or released > 0),
  -- What came in is all that goes out: to the shop, to those whom it shares with, back to the payer.
  constraint merchant_orders_give_no_more_than_they_have check (
    released >= 0 and shared >= 0 and refunded >= 0 and refunded <= total
    and released + shared + (refunded - given_back) <= total),
  constraint merchant_orders_fee_within_released check (fee between 0 and released),
  constraint merchant_orders_given_back_was_released check (given_back between 0 and released),
  constraint merchant_orders_fee_returned_was_taken check (fee_returned between 0 and fee)
) with (fillfactor = 80);
create index merchant_orders_of_a_shop on wire.merchant_orders (shop_id, id desc);
create index merchant_orders_due on wire.merchant_orders (due_at) where due_at is not null;
create index merchant_orders_paid_on on wire.merchant_orders (mchid, paid_at) where paid_at is not null;
grant select, insert, update (state, due_at, paid_at, closed_at, settled_at, payment_id, payer_id, channel, released, fee,
  shared, refunded, given_back, fee_returned) on wire.merchant_orders to weiji_app;

create table wire.merchant_refunds (
  shard smallint not null,
  id uuid not null,
  order_id uuid not null,
  shop_id uuid not null,
  mchid text not null,
  caller_mchid text not null,
  number text not null constraint merchant_refunds_number_length check (length(number) between 1 and 64),
  amount bigint not null constraint merchant_refunds_amount_is_in_range check (amount between 1 and 9007199254740991),
  reason text constraint merchant_refunds_reason_length check (length(reason) between 1 and 80),
  notify_url text constraint merchant_refunds_notify_url_length check (length(notify_url) between 1 and 255),
  key_id text,
  created_at timestamptz not null,
  arrived_at timestamptz,
  arrived_at_wallet boolean,
  primary key (id, shard),
  constraint merchant_refunds_live_in_the_shard_of_their_order
    check (shard = kit.shard_of(order_id) and shard = kit.shard_of(id)),
  constraint merchant_refunds_arrive_somewhere check ((arrived_at is null) = (arrived_at_wallet is null))
) with (fillfactor = 80);
create index merchant_refunds_of_an_order on wire.merchant_refunds (order_id, id);
create index merchant_refunds_made_on on wire.merchant_refunds (mchid, created_at);
grant select, insert, update (arrived_at, arrived_at_wallet) on wire.merchant_refunds to weiji_app;
