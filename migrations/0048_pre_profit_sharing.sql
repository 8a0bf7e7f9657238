-- Profit sharing: parts of an order's escrow go to other merchants, what is left to the shop; parts may come back.
create table wire.receivers (
  shard smallint not null,
  mchid text not null,
  account text not null constraint receivers_account_is_a_number check (account ~ '^[1-9][0-9]{9}$'),
  relation_type text not null constraint receivers_relation_type_length check (length(relation_type) between 1 and 32),
  created_at timestamptz not null,
  removed_at timestamptz,
  primary key (mchid, account, shard),
  constraint receivers_are_others check (account <> mchid)
);
grant select, insert, update (relation_type, created_at, removed_at) on wire.receivers to weiji_app;

create table wire.splits (
  shard smallint not null,
  id uuid not null,
  order_id uuid not null,
  caller_mchid text not null,
  number text not null constraint splits_number_length check (length(number) between 1 and 64),
  amount bigint not null constraint splits_amount_is_not_negative check (amount >= 0),
  unfreezes boolean not null,
  released bigint not null constraint splits_released_is_not_negative check (released >= 0),
  created_at timestamptz not null,
  primary key (id, shard),
  constraint splits_live_in_the_shard_of_their_order check (shard = kit.shard_of(order_id) and shard = kit.shard_of(id)),
  constraint splits_do_something check (amount > 0 or unfreezes)
);
create index splits_of_an_order on wire.splits (order_id, id);
grant select, insert on wire.splits to weiji_app;

create table wire.split_parts (
  shard smallint not null,
  split_id uuid not null,
  place smallint not null constraint split_parts_place_range check (place between 0 and 49),
  mchid text not null,
  shop_id uuid not null,
  amount bigint not null constraint split_parts_amount_is_in_range check (amount between 1 and 9007199254740991),
  returned bigint not null default 0,
  description text not null constraint split_parts_description_length check (length(description) between 1 and 80),
  primary key (split_id, place, shard),
  constraint split_parts_return_no_more_than_they_have check (returned between 0 and amount)
);
grant select, insert, update (returned) on wire.split_parts to weiji_app;

create table wire.split_returns (
  shard smallint not null,
  id uuid not null,
  split_id uuid not null,
  order_id uuid not null,
  place smallint not null,
  caller_mchid text not null,
  number text not null constraint split_returns_number_length check (length(number) between 1 and 64),
  mchid text not null,
  amount bigint not null constraint split_returns_amount_is_in_range check (amount between 1 and 9007199254740991),
  description text not null constraint split_returns_description_length check (length(description) between 1 and 80),
  state text not null constraint split_returns_state_is_known check (state in ('processing', 'success', 'failed')),
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (id, shard),
  constraint split_returns_end check ((state = 'processing') = (ended_at is null)),
  constraint split_returns_live_in_the_shard_of_their_order
    check (shard = kit.shard_of(order_id) and shard = kit.shard_of(id))
);
grant select, insert, update (state, ended_at) on wire.split_returns to weiji_app;
