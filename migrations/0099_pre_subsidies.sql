-- Platforms add of their own money to orders of merchants on them (ecommerce subsidies), and get it back.

-- What came of it lies beside the order's escrow, goes to the shop with the rest, and can be returned.
alter table wire.merchant_orders
  add column subsidy_id uuid,
  add column subsidy bigint not null default 0,
  add column subsidy_released bigint not null default 0,
  add column subsidy_returned bigint not null default 0,
  add column subsidy_declined_at timestamptz,
  add constraint merchant_orders_subsidy_is_somebodys check ((subsidy > 0) = (subsidy_id is not null)),
  add constraint merchant_orders_subsidy_released_came check (subsidy_released between 0 and subsidy),
  add constraint merchant_orders_subsidy_returned_came check (subsidy_returned between 0 and subsidy),
  drop constraint merchant_orders_settled_are_released,
  add constraint merchant_orders_settled_are_released
    check (settled_at is null or released > 0 or subsidy_released > 0);
grant update (subsidy_id, subsidy, subsidy_released, subsidy_returned, subsidy_declined_at) on wire.merchant_orders to weiji_app;

-- Near the platform that pays: there its money is taken.
create table wire.subsidies (
  shard smallint not null,
  id uuid not null,
  payer_id uuid not null,
  mchid text not null,
  order_id uuid not null,
  number text constraint subsidies_number_length check (length(number) between 1 and 64),
  amount bigint not null constraint subsidies_amount_is_in_range check (amount between 1 and 9007199254740991),
  description text not null constraint subsidies_description_length check (length(description) between 1 and 80),
  created_at timestamptz not null,
  primary key (id, shard),
  constraint subsidies_live_in_the_shard_of_their_payer check (shard = kit.shard_of(payer_id) and shard = kit.shard_of(id))
);
grant select, insert on wire.subsidies to weiji_app;

create table wire.subsidy_returns (
  shard smallint not null,
  id uuid not null,
  subsidy_id uuid not null,
  order_id uuid not null,
  payer_id uuid not null,
  number text not null constraint subsidy_returns_number_length check (length(number) between 1 and 64),
  refund_id uuid,
  amount bigint not null constraint subsidy_returns_amount_is_in_range check (amount between 1 and 9007199254740991),
  description text not null constraint subsidy_returns_description_length check (length(description) between 1 and 80),
  created_at timestamptz not null,
  primary key (id, shard),
  constraint subsidy_returns_live_in_the_shard_of_their_order
    check (shard = kit.shard_of(order_id) and shard = kit.shard_of(id))
);
grant select, insert on wire.subsidy_returns to weiji_app;
