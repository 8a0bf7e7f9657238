-- What channels say they did, day by day, held against what our books have: each difference is a break with a name.
create schema reconciliation;
grant usage on schema reconciliation to weiji_app;

create table reconciliation.statements (
  shard smallint not null,
  id uuid not null,
  channel text not null constraint statements_channel_length check (length(channel) between 1 and 32),
  day date not null,
  digest bytea not null,
  lines integer not null constraint statements_lines_range check (lines >= 0),
  matched integer not null constraint statements_matched_within_lines check (matched between 0 and lines),
  breaks integer not null constraint statements_breaks_range check (breaks >= 0),
  theirs bigint not null,
  ours bigint not null,
  matched_at timestamptz not null,
  primary key (id, shard)
);
create index statements_by_day on reconciliation.statements (day desc, channel);
grant select, insert on reconciliation.statements to weiji_app;

-- The lines of a statement while it is matched, and no longer: not in the log, since they can be fetched again.
create unlogged table reconciliation.staged_lines (
  shard smallint not null,
  statement_id uuid not null,
  line integer not null,
  kind text not null,
  reference text not null,
  request_id uuid,
  amount bigint not null,
  fee bigint not null,
  occurred_at timestamptz not null,
  primary key (statement_id, line, shard)
);
grant select, insert, delete on reconciliation.staged_lines to weiji_app;

create table reconciliation.breaks (
  shard smallint not null,
  id uuid not null,
  channel text not null,
  day date not null,
  kind text not null constraint breaks_kind_is_known
    check (kind in ('charge', 'refund', 'settlement', 'payout', 'payout_return', 'fee')),
  class text not null constraint breaks_class_is_known
    check (class in ('amount_differs', 'ours_only', 'theirs_only', 'doubled', 'later_day', 'fee')),
  reference text not null constraint breaks_reference_length check (length(reference) between 1 and 64),
  subject_id uuid,
  ours bigint,
  theirs bigint,
  fee bigint not null default 0,
  occurred_at timestamptz not null,
  delta bigint not null,
  is_due boolean not null,
  is_to_tell boolean not null default false,
  told text,
  posted_at timestamptz,
  state text not null constraint breaks_state_is_known check (state in ('open', 'proposed', 'resolved')),
  resolution text constraint breaks_resolution_is_known
    check (resolution in ('later_day', 'told', 'fee', 'own_funds', 'reversed')),
  note text not null default '' constraint breaks_note_length check (length(note) <= 500),
  proposed_by uuid,
  resolved_by uuid,
  found_at timestamptz not null,
  resolved_at timestamptz,
  closed_at timestamptz,
  primary key (id, shard),
  constraint breaks_are_on_one_side_at_least check (ours is not null or theirs is not null),
  constraint breaks_resolved_somehow check ((state = 'resolved') = (resolved_at is not null) and (state = 'open') = (resolution is null)),
  constraint breaks_resolved_by_two check (resolved_by is null or proposed_by is not null and resolved_by <> proposed_by)
) with (fillfactor = 80);
create index breaks_due on reconciliation.breaks (found_at) where is_due or is_to_tell;
create index breaks_open on reconciliation.breaks (found_at) where state <> 'resolved';
create index breaks_by_day on reconciliation.breaks (day, channel);
create index breaks_by_reference on reconciliation.breaks (reference);
grant select, insert, update (is_due, is_to_tell, told, delta, posted_at, state, resolution, note, proposed_by, resolved_by, resolved_at,
  closed_at) on reconciliation.breaks to weiji_app;

-- What of our books a channel's statement should have, each by the channel's own reference.
create view payments.public_movements as
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
      where n.kind = 'settled' and n.outcome = 'recorded') s;
grant select on payments.public_movements to weiji_app;

-- Days are found by when money moved. It moves in the order in which rows are written, nearly, so a BRIN index will do, and one
-- that is summarised does not stand in the way of updates in place.
create index payments_by_capture on payments.payments using brin (captured_at) with (autosummarize = on, pages_per_range = 16);
create index captures_by_time on payments.captures using brin (captured_at) with (autosummarize = on, pages_per_range = 16);
create index refunds_by_end on payments.refunds using brin (ended_at) with (autosummarize = on, pages_per_range = 16);
create index payouts_by_payment on payments.payouts using brin (paid_at) with (autosummarize = on, pages_per_range = 16);
create index payouts_by_end on payments.payouts using brin (ended_at) with (autosummarize = on, pages_per_range = 16);
create index notices_by_time on payments.notices using brin (occurred_at) with (autosummarize = on, pages_per_range = 16);

-- The sandbox's bank and acquirer remember what their statements say.
alter table sandbox.payouts add column paid_at timestamptz, add column returned_at timestamptz;
grant update (paid_at, returned_at) on sandbox.payouts to weiji_app;
create table sandbox.settlements (
  shard smallint not null,
  id uuid not null,
  amount bigint not null constraint settlements_amount_is_positive check (amount > 0),
  fee bigint not null constraint settlements_fee_range check (fee between 0 and amount),
  settled_at timestamptz not null,
  primary key (id, shard)
);
grant select, insert on sandbox.settlements to weiji_app;
