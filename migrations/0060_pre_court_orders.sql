-- Refunds that a channel refused and whose payers have no account here wait for people, and money that courts have held.
alter table payments.refunds
  add column retries smallint not null default 0,
  drop constraint refunds_status_is_known,
  add constraint refunds_status_is_known
    check (status in ('approved', 'submitted', 'succeeded', 'rejected', 'abnormal', 'by_hand', 'unknown')),
  drop constraint refunds_ended_when_known,
  add constraint refunds_ended_when_known check ((status in ('succeeded', 'rejected', 'by_hand')) = (ended_at is not null));
create index refunds_abnormal on payments.refunds (id) where status = 'abnormal';
grant update (retries) on payments.refunds to weiji_app;

create schema court_orders;
grant usage on schema court_orders to weiji_app;

-- `taken`, `executed` and `released` tell of decisions; the money itself is in the ledger.
create table court_orders.court_orders (
  shard smallint not null,
  id uuid not null,
  owner_id uuid not null,
  place text not null constraint court_orders_place_is_known
    check (place in ('wallet', 'merchant_available', 'merchant_deposit')),
  account_id uuid not null,
  amount bigint constraint court_orders_amount_is_in_range check (amount between 1 and 9007199254740991),
  court text not null constraint court_orders_court_length check (length(court) between 1 and 60),
  number text not null constraint court_orders_number_length check (length(number) between 1 and 60),
  taken bigint not null,
  executed bigint not null default 0,
  released bigint not null default 0,
  takes integer not null,
  obeyed_at timestamptz not null,
  ended_at timestamptz,
  release_number text not null default '' constraint court_orders_release_number_length check (length(release_number) <= 60),
  primary key (id, shard),
  constraint court_orders_live_in_the_shard_of_their_owner
    check (shard = kit.shard_of(id) and shard = kit.shard_of(owner_id) and shard = kit.shard_of(account_id)),
  constraint court_orders_take_no_more_than_ordered check (taken between 0 and coalesce(amount, taken)),
  constraint court_orders_give_no_more_than_taken check (executed >= 0 and released >= 0 and executed + released <= taken),
  constraint court_orders_hold_nothing_once_over check (ended_at is null or executed + released = taken),
  constraint court_orders_are_released_by_an_order check (release_number = '' or ended_at is not null)
);
create index court_orders_in_force on court_orders.court_orders (id) where ended_at is null;
create index court_orders_in_order on court_orders.court_orders (id);
create index court_orders_owner on court_orders.court_orders (owner_id);
grant select, insert, update (taken, executed, released, takes, ended_at, release_number) on court_orders.court_orders to weiji_app;

create table court_orders.executions (
  shard smallint not null,
  id uuid not null,
  court_order_id uuid not null,
  amount bigint not null constraint executions_amount_is_in_range check (amount between 1 and 9007199254740991),
  number text not null constraint executions_number_length check (length(number) between 1 and 60),
  way text not null constraint executions_way_length check (length(way) between 1 and 200),
  executed_at timestamptz not null,
  primary key (id, shard),
  constraint executions_live_in_the_shard_of_their_order check (shard = kit.shard_of(court_order_id))
);
create index executions_court_order on court_orders.executions (court_order_id);
grant select, insert on court_orders.executions to weiji_app;
