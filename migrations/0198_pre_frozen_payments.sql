-- Channels that hold each shop's money apart, frozen at its sub-merchant there (二级商户), until they are told to let it go.

-- What a shop is at a channel. The number is sealed; four of its digits are clear.
create table payments.sub_merchants (
  shard smallint not null,
  shop_id uuid not null,
  channel text not null constraint sub_merchants_channel_length check (length(channel) between 1 and 32),
  number_sealed bytea not null constraint sub_merchants_number_sealed_length check (length(number_sealed) between 1 and 500),
  last4 text not null constraint sub_merchants_last4_is_four_digits check (last4 ~ '^[0-9]{4}$'),
  bound_at timestamptz not null,
  primary key (shop_id, channel, shard),
  constraint sub_merchants_live_with_their_shop check (shard = kit.shard_of(shop_id))
);
grant select, insert on payments.sub_merchants to weiji_app;
grant update (number_sealed, last4, bound_at) on payments.sub_merchants to weiji_app;

create view payments.public_sub_merchants as select shard, shop_id, channel, last4, bound_at from payments.sub_merchants;
grant select on payments.public_sub_merchants to weiji_app;

-- At which sub-merchant the money of a payment is: where the shop is bound to another one since, that stays.
create table payments.frozen_payments (
  shard smallint not null,
  payment_id uuid not null,
  shop_id uuid not null,
  number_sealed bytea not null constraint frozen_payments_number_sealed_length check (length(number_sealed) between 1 and 500),
  primary key (payment_id, shard),
  constraint frozen_payments_live_with_their_payment check (shard = kit.shard_of(payment_id))
);
grant select, insert on payments.frozen_payments to weiji_app;

-- The money of a settled order, on its way to its shop's sub-merchant.
create table payments.unfreezings (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  payment_id uuid not null,
  channel text not null constraint unfreezings_channel_length check (length(channel) between 1 and 32),
  amount bigint not null constraint unfreezings_amount_is_in_range check (amount between 1 and 9007199254740991),
  frozen bigint not null constraint unfreezings_frozen_is_in_range check (frozen between 1 and 9007199254740991),
  status text not null constraint unfreezings_status_is_known check (status in ('waiting', 'submitted', 'unfrozen')),
  reference text constraint unfreezings_reference_length check (length(reference) between 1 and 64),
  attempts smallint not null,
  queries smallint not null default 0,
  query_at timestamptz,
  reason text not null default '' constraint unfreezings_reason_length check (length(reason) <= 200),
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (id, shard),
  constraint unfreezings_live_with_their_shop check (shard = kit.shard_of(id) and shard = kit.shard_of(shop_id)),
  constraint unfreezings_ended_when_known
    check ((status = 'unfrozen') = (ended_at is not null) and (status = 'unfrozen') = (query_at is null)
      and (status = 'unfrozen') = (reference is not null))
) with (fillfactor = 80);
create index unfreezings_due on payments.unfreezings (query_at) where query_at is not null;
create index unfreezings_open on payments.unfreezings (created_at, id) where status <> 'unfrozen';
grant select, insert on payments.unfreezings to weiji_app;
grant update (status, reference, attempts, queries, query_at, reason, ended_at) on payments.unfreezings to weiji_app;

create view payments.public_unfreezings as
select shard, id, shop_id, payment_id, channel, amount, status, reason, queries, query_at, created_at, ended_at
from payments.unfreezings;
grant select on payments.public_unfreezings to weiji_app;

-- A refund of what a channel had let go before: it takes it from the shop's own account there.
alter table payments.refunds add column is_from_shop boolean not null default false;
