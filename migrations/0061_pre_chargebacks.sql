-- 拒付: what channels take back because payers dispute it. The channel's side of it lives with the payment, the shop's with its order.
create table payments.chargebacks (
  shard smallint not null,
  channel text not null constraint chargebacks_channel_length check (length(channel) between 1 and 32),
  reference text not null constraint chargebacks_reference_length check (length(reference) between 1 and 64),
  payment_id uuid not null,
  amount bigint not null constraint chargebacks_amount_is_in_range check (amount between 1 and 9007199254740991),
  fee bigint not null constraint chargebacks_fee_is_in_range check (fee between 0 and 9007199254740991),
  reason text not null constraint chargebacks_reason_length check (length(reason) <= 200),
  respond_by timestamptz,
  received_at timestamptz not null,
  is_won boolean,
  ended_at timestamptz,
  primary key (channel, reference, shard),
  constraint chargebacks_live_with_their_payment check (shard = kit.shard_of(payment_id)),
  constraint chargebacks_ended_when_decided check ((is_won is null) = (ended_at is null))
);
create index chargebacks_by_time on payments.chargebacks using brin (received_at) with (autosummarize = on, pages_per_range = 16);
grant select, insert, update (is_won, ended_at) on payments.chargebacks to weiji_app;

create or replace view payments.public_movements as
select shard, channel, 'charge' as kind, channel_reference as reference, id as subject_id, captured as amount, 0::bigint as fee,
  captured_at as at
from payments.payments where status = 'succeeded' and channel_reference is not null
union all
select shard, channel, 'charge', reference, payment_id, amount, 0, captured_at from payments.captures
union all
select shard, channel, 'refund', channel_reference, id, amount, 0, ended_at
from payments.refunds where status = 'succeeded' and channel_reference is not null
union all
select shard, channel, 'payout', channel_reference, id, amount, bank_fee, paid_at
from payments.payouts where paid_at is not null and channel_reference is not null
union all
select shard, channel, 'payout_return', channel_reference, id, amount, 0, ended_at
from payments.payouts where status = 'returned' and channel_reference is not null
union all
select shard, channel, 'settlement', reference, null, amount, fee, occurred_at
from (select n.shard, n.channel, n.reference, n.amount, 0::bigint as fee, n.occurred_at from payments.notices n
      where n.kind = 'settled' and n.outcome = 'recorded') s
union all
select shard, channel, 'chargeback', reference, payment_id, amount, fee, received_at from payments.chargebacks
union all
select shard, channel, 'chargeback_reversal', reference, payment_id, amount, 0, ended_at
from payments.chargebacks where is_won;

alter table reconciliation.breaks
  drop constraint breaks_kind_is_known,
  add constraint breaks_kind_is_known check (kind in ('charge', 'refund', 'settlement', 'payout', 'payout_return', 'fee',
    'chargeback', 'chargeback_reversal'));

-- The sandbox's acquirer: one dispute of a charge.
create table sandbox.chargebacks (
  shard smallint not null,
  charge_id uuid not null,
  amount bigint not null constraint chargebacks_amount_is_positive check (amount > 0),
  fee bigint not null constraint chargebacks_fee_is_not_negative check (fee >= 0),
  status text not null constraint chargebacks_status_is_known check (status in ('raised', 'won', 'lost')),
  raised_at timestamptz not null,
  ended_at timestamptz,
  settled_at timestamptz,
  returned_at timestamptz,
  primary key (charge_id, shard)
);
grant select, insert, update on sandbox.chargebacks to weiji_app;

-- While a channel disputes an order's money, its clock stands, and nothing else is asked for about it.
alter table orders.orders
  add column open_chargebacks smallint not null default 0
    constraint orders_open_chargebacks_range check (open_chargebacks between 0 and open_cases);

-- What of an order stands in the way of others.
create view orders.public_holds as
select shard, id, number, open_cases, open_chargebacks from orders.orders;
grant select on orders.public_holds to weiji_app;

create schema chargebacks;
grant usage on schema chargebacks to weiji_app;

create table chargebacks.cases (
  shard smallint not null,
  id uuid not null,
  payment_id uuid not null,
  order_id uuid,
  shop_id uuid,
  channel text not null constraint cases_channel_length check (length(channel) between 1 and 32),
  reference text not null constraint cases_reference_length check (length(reference) between 1 and 64),
  amount bigint not null constraint cases_amount_is_in_range check (amount between 1 and 9007199254740991),
  fee bigint not null constraint cases_fee_is_in_range check (fee between 0 and 9007199254740991),
  reason text not null constraint cases_reason_length check (length(reason) <= 200),
  respond_by timestamptz,
  state text not null constraint cases_state_is_known check (state in ('received', 'represented', 'won', 'lost')),
  stage text constraint cases_stage_is_known check (stage in ('escrow', 'pending', 'settled')),
  held bigint not null default 0,
  of_available bigint,
  of_deposit bigint,
  borne bigint not null default 0,
  received_at timestamptz not null,
  held_at timestamptz,
  represented_at timestamptz,
  represented_by uuid,
  argument text not null default '' constraint cases_argument_length check (length(argument) <= 2000),
  ended_at timestamptz,
  closed_at timestamptz,
  primary key (id, shard),
  constraint cases_live_in_the_shard_of_their_order check (shard = kit.shard_of(id) and shard = kit.shard_of(coalesce(order_id, payment_id))),
  constraint cases_of_an_order_are_of_a_shop check ((order_id is null) = (shop_id is null)),
  constraint cases_hold_no_more_than_disputed
    check (held between 0 and amount and coalesce(of_available, 0) + coalesce(of_deposit, 0) <= held and borne between 0 and amount),
  constraint cases_represented_by_somebody check ((represented_at is null) = (represented_by is null)),
  constraint cases_ended_when_decided check ((state in ('won', 'lost')) = (ended_at is not null)),
  constraint cases_closed_after_they_ended check (closed_at is null or ended_at is not null),
  constraint cases_stage_when_held check ((stage is null) = (held_at is null))
) with (fillfactor = 80);
create index cases_in_order on chargebacks.cases (id);
create index cases_of_shop on chargebacks.cases (shop_id, id) where shop_id is not null;
create index cases_of_payment on chargebacks.cases (payment_id);
create index cases_to_follow on chargebacks.cases (received_at) where closed_at is null;
grant select, insert, update (state, stage, held, of_available, of_deposit, borne, held_at, represented_at, represented_by, argument,
  ended_at, closed_at) on chargebacks.cases to weiji_app;

-- What the shop says and shows. Never changed.
create table chargebacks.evidence (
  shard smallint not null,
  case_id uuid not null,
  number smallint not null constraint evidence_number_range check (number between 1 and 20),
  words text not null constraint evidence_words_length check (length(words) between 1 and 2000),
  pictures jsonb not null,
  submitted_by uuid,
  submitted_at timestamptz not null,
  primary key (case_id, number, shard)
);
grant select, insert on chargebacks.evidence to weiji_app;
