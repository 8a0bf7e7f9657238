-- Payments, refunds and payouts: what was asked of channels, and everything that they said.
create schema payments;
grant usage on schema payments to weiji_app;

-- A payment lives with its payer. `captured` and `refunded` tell of decisions; the money itself is in the ledger.
create table payments.payments (
  shard smallint not null,
  id uuid not null,
  payer_id uuid not null,
  subject_id uuid not null,
  payee_id uuid not null,
  purpose text not null constraint payments_purpose_is_known check (purpose in ('order', 'top_up')),
  amount bigint not null constraint payments_amount_is_in_range check (amount between 1 and 9007199254740991),
  currency text not null constraint payments_currency_is_known check (currency = 'CNY'),
  channel text not null constraint payments_channel_length check (length(channel) between 1 and 32),
  status text not null constraint payments_status_is_known
    check (status in ('created', 'submitted', 'succeeded', 'failed', 'unknown', 'closed')),
  channel_reference text constraint payments_channel_reference_length check (length(channel_reference) between 1 and 64),
  pay_url text constraint payments_pay_url_length check (length(pay_url) between 1 and 2000),
  failure text constraint payments_failure_length check (length(failure) between 1 and 200),
  captured bigint not null default 0,
  refunded bigint not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz,
  captured_at timestamptz,
  queries smallint not null default 0,
  query_at timestamptz,
  primary key (id, shard),
  constraint payments_captured_when_succeeded
    check ((status = 'succeeded') = (captured > 0) and (captured > 0) = (captured_at is not null)),
  constraint payments_not_refunded_beyond_capture check (refunded between 0 and captured)
) with (fillfactor = 80);
create index payments_id on payments.payments (id);
create index payments_query_at on payments.payments (query_at) where query_at is not null;
grant select, insert, update (status, channel_reference, pay_url, failure, captured, refunded, captured_at, queries,
  query_at) on payments.payments to weiji_app;

-- Money that a channel took beyond a payment's first capture, or for no payment of ours. It went to suspense.
create table payments.captures (
  shard smallint not null,
  channel text not null constraint captures_channel_length check (length(channel) between 1 and 32),
  reference text not null constraint captures_reference_length check (length(reference) between 1 and 64),
  payment_id uuid,
  amount bigint not null constraint captures_amount_is_in_range check (amount between 1 and 9007199254740991),
  disposition text not null constraint captures_disposition_is_known check (disposition in ('paid_twice', 'unmatched')),
  captured_at timestamptz not null,
  primary key (channel, reference, shard)
);
create index captures_unmatched on payments.captures (captured_at) where disposition = 'unmatched';
grant select, insert on payments.captures to weiji_app;

create table payments.refunds (
  shard smallint not null,
  id uuid not null,
  payment_id uuid not null,
  source_id uuid not null,
  payer_id uuid not null,
  subject_id uuid not null,
  payee_id uuid not null,
  channel text not null constraint refunds_channel_length check (length(channel) between 1 and 32),
  amount bigint not null constraint refunds_amount_is_in_range check (amount between 1 and 9007199254740991),
  reason text not null constraint refunds_reason_is_known check (reason in ('ordered', 'rejected', 'paid_twice')),
  capture_reference text
    constraint refunds_capture_reference_length check (length(capture_reference) between 1 and 64),
  status text not null constraint refunds_status_is_known
    check (status in ('approved', 'submitted', 'succeeded', 'rejected', 'unknown')),
  channel_reference text constraint refunds_channel_reference_length check (length(channel_reference) between 1 and 64),
  created_at timestamptz not null,
  ended_at timestamptz,
  queries smallint not null default 0,
  query_at timestamptz,
  primary key (id, shard),
  constraint refunds_ended_when_known check ((status in ('succeeded', 'rejected')) = (ended_at is not null))
) with (fillfactor = 80);
create index refunds_payment on payments.refunds (payment_id);
create index refunds_query_at on payments.refunds (query_at) where query_at is not null;
grant select, insert, update (status, channel_reference, ended_at, queries, query_at) on payments.refunds to weiji_app;

-- Everything that a channel ever said, as it said it. Never changed.
create table payments.notices (
  shard smallint not null,
  channel text not null constraint notices_channel_length check (length(channel) between 1 and 32),
  event_id text not null constraint notices_event_id_length check (length(event_id) between 1 and 128),
  kind text not null constraint notices_kind_length check (length(kind) between 1 and 32),
  subject_id uuid,
  reference text not null constraint notices_reference_length check (length(reference) between 1 and 64),
  amount bigint not null,
  outcome text not null constraint notices_outcome_is_known
    check (outcome in ('recorded', 'no_effect', 'unmatched', 'contradicts')),
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  raw bytea not null constraint notices_raw_length check (length(raw) <= 65536),
  primary key (channel, event_id, shard)
);
create index notices_troubling on payments.notices (received_at) where outcome in ('unmatched', 'contradicts');
grant select, insert on payments.notices to weiji_app;

-- Bank accounts that money is paid out to. The number is sealed; four digits are clear.
create table payments.payout_accounts (
  shard smallint not null,
  id uuid not null,
  owner_id uuid not null,
  holder text not null constraint payout_accounts_holder_length check (length(holder) between 1 and 100),
  bank text not null constraint payout_accounts_bank_length check (length(bank) between 1 and 100),
  last4 text not null constraint payout_accounts_last4_is_four_digits check (last4 ~ '^[0-9]{4}$'),
  number_sealed bytea not null
    constraint payout_accounts_number_sealed_length check (length(number_sealed) between 1 and 500),
  created_at timestamptz not null,
  removed_at timestamptz,
  primary key (id, shard)
);
create index payout_accounts_owner on payments.payout_accounts (owner_id) where removed_at is null;
grant select, insert, update (removed_at) on payments.payout_accounts to weiji_app;

create table payments.payouts (
  shard smallint not null,
  id uuid not null,
  owner_id uuid not null,
  source text not null constraint payouts_source_is_known check (source in ('wallet', 'merchant_available')),
  account_id uuid not null,
  channel text not null constraint payouts_channel_length check (length(channel) between 1 and 32),
  amount bigint not null constraint payouts_amount_is_in_range check (amount between 1 and 9007199254740991),
  fee bigint not null constraint payouts_fee_is_in_range check (fee between 0 and 9007199254740991),
  bank_fee bigint not null default 0 constraint payouts_bank_fee_is_not_negative check (bank_fee >= 0),
  status text not null constraint payouts_status_is_known
    check (status in ('requested', 'submitted', 'accepted', 'paid', 'rejected', 'returned', 'unknown')),
  channel_reference text constraint payouts_channel_reference_length check (length(channel_reference) between 1 and 64),
  created_at timestamptz not null,
  accepted_at timestamptz,
  paid_at timestamptz,
  ended_at timestamptz,
  queries smallint not null default 0,
  query_at timestamptz,
  primary key (id, shard),
  constraint payouts_ended_when_given_back check ((status in ('rejected', 'returned')) = (ended_at is not null))
) with (fillfactor = 80);
create index payouts_id on payments.payouts (id);
create index payouts_owner on payments.payouts (owner_id, id);
create index payouts_query_at on payments.payouts (query_at) where query_at is not null;
grant select, insert, update (status, channel_reference, bank_fee, accepted_at, paid_at, ended_at, queries, query_at)
  on payments.payouts to weiji_app;

-- A simulated acquirer and bank, foreign to the rest: nothing but its own channel reads or writes it.
create schema sandbox;
grant usage on schema sandbox to weiji_app;

create table sandbox.charges (
  shard smallint not null,
  id uuid not null,
  amount bigint not null constraint charges_amount_is_positive check (amount > 0),
  status text not null constraint charges_status_is_known check (status in ('open', 'paid', 'failed', 'closed')),
  notices smallint not null constraint charges_notices_are_few check (notices between 0 and 5),
  delay interval not null constraint charges_delay_is_not_negative check (delay >= interval '0'),
  refunds text not null constraint charges_refunds_is_known check (refunds in ('succeed', 'refuse', 'wait')),
  is_silent boolean not null,
  created_at timestamptz not null,
  primary key (id, shard)
);
grant select, insert, update (status, notices, delay, refunds, is_silent) on sandbox.charges to weiji_app;

-- Money that the acquirer took for a charge, and told of from `told_at` on. A charge paid twice has two.
create table sandbox.transactions (
  shard smallint not null,
  reference text not null constraint transactions_reference_length check (length(reference) between 1 and 64),
  charge_id uuid not null,
  amount bigint not null constraint transactions_amount_is_positive check (amount > 0),
  paid_at timestamptz not null,
  told_at timestamptz not null,
  settled_at timestamptz,
  primary key (reference, shard)
);
create index transactions_charge on sandbox.transactions (charge_id);
create index transactions_unsettled on sandbox.transactions (told_at) where settled_at is null;
grant select, insert, update (settled_at) on sandbox.transactions to weiji_app;

create table sandbox.refunds (
  shard smallint not null,
  id uuid not null,
  charge_id uuid not null,
  amount bigint not null constraint refunds_amount_is_positive check (amount > 0),
  status text not null constraint refunds_status_is_known check (status in ('waiting', 'succeeded', 'refused')),
  created_at timestamptz not null,
  ended_at timestamptz,
  settled_at timestamptz,
  primary key (id, shard)
);
create index refunds_unsettled on sandbox.refunds (ended_at) where status = 'succeeded' and settled_at is null;
grant select, insert, update (status, ended_at, settled_at) on sandbox.refunds to weiji_app;

create table sandbox.payouts (
  shard smallint not null,
  id uuid not null,
  amount bigint not null constraint payouts_amount_is_positive check (amount > 0),
  last4 text not null constraint payouts_last4_length check (length(last4) = 4),
  status text not null constraint payouts_status_is_known
    check (status in ('waiting', 'accepted', 'rejected', 'paid', 'returned')),
  created_at timestamptz not null,
  primary key (id, shard)
);
grant select, insert, update (status) on sandbox.payouts to weiji_app;

-- What the acquirer still has to tell, and when.
create table sandbox.notices (
  shard smallint not null,
  id uuid not null,
  due_at timestamptz not null,
  body bytea not null constraint notices_body_length check (length(body) <= 65536),
  primary key (id, shard)
);
create index notices_due_at on sandbox.notices (due_at);
grant select, insert, update (due_at), delete on sandbox.notices to weiji_app;
