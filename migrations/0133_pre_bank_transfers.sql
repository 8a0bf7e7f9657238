-- What the operator's bank is asked to pay by a file that somebody carries: payouts, and refunds of transfers to whom they
-- came from. A thing has one transfer at a time that was not refused, and a transfer is in one file.
create table payments.bank_transfers (
  shard smallint not null,
  id uuid not null,
  kind text not null constraint bank_transfers_kind_is_known check (kind in ('payout', 'refund')),
  subject_id uuid not null,
  attempt smallint not null constraint bank_transfers_attempt_is_not_negative check (attempt >= 0),
  reference text not null constraint bank_transfers_reference_form check (reference ~ '^[0-9A-HJKMNP-TV-Z]{12}$'),
  amount bigint not null constraint bank_transfers_amount_is_in_range check (amount between 1 and 9007199254740991),
  holder text not null constraint bank_transfers_holder_length check (length(holder) between 1 and 500),
  bank text not null constraint bank_transfers_bank_length check (length(bank) <= 500),
  last4 text not null constraint bank_transfers_last4_is_four_digits check (last4 ~ '^[0-9]{4}$'),
  number_sealed bytea not null constraint bank_transfers_number_sealed_length check (length(number_sealed) between 1 and 500),
  created_at timestamptz not null,
  batch_id uuid,
  line integer,
  status text not null default 'waiting'
    constraint bank_transfers_status_is_known check (status in ('waiting', 'sent', 'paid', 'rejected', 'returned')),
  told_at timestamptz,
  reason text not null default '' constraint bank_transfers_reason_length check (length(reason) <= 200),
  primary key (id, shard),
  constraint bank_transfers_live_in_the_shard_of_their_subject
    check (shard = kit.shard_of(subject_id) and shard = kit.shard_of(id)),
  constraint bank_transfers_sent_in_a_batch check ((status = 'waiting') = (batch_id is null)),
  constraint bank_transfers_have_a_line_in_a_batch check ((batch_id is null) = (line is null)),
  constraint bank_transfers_told_when_ended check ((status in ('waiting', 'sent')) = (told_at is null))
);
create unique index bank_transfers_one_at_a_time on payments.bank_transfers (subject_id, shard) where status <> 'rejected';
create unique index bank_transfers_by_reference on payments.bank_transfers (reference, shard);
create unique index bank_transfers_of_batches on payments.bank_transfers (batch_id, line, shard);
create index bank_transfers_waiting on payments.bank_transfers (created_at, id) where status = 'waiting';
grant select, insert on payments.bank_transfers to weiji_app;
grant update (batch_id, line, status, told_at, reason) on payments.bank_transfers to weiji_app;

-- A file: its heads and letters are kept, so that it is the same whenever it is read again.
create table payments.bank_batches (
  id uuid primary key,
  number text not null constraint bank_batches_number_length check (length(number) between 1 and 32),
  columns text not null constraint bank_batches_columns_length check (length(columns) between 1 and 2000),
  encoding text not null constraint bank_batches_encoding_is_known check (encoding in ('utf-8-sig', 'gb18030')),
  lines integer not null constraint bank_batches_lines_range check (lines between 1 and 500),
  amount bigint not null constraint bank_batches_amount_is_in_range check (amount between 1 and 9007199254740991),
  created_at timestamptz not null,
  created_by uuid,
  constraint bank_batches_number_is_unique unique (number)
);
comment on table payments.bank_batches is 'Files of transfers for the bank. citus: reference';
create index bank_batches_newest on payments.bank_batches (created_at);
grant select, insert on payments.bank_batches to weiji_app;

-- Whom a transfer came from, as the statement says: so that it may go back there.
create table payments.bank_payers (
  shard smallint not null,
  payment_id uuid not null,
  reference text not null constraint bank_payers_reference_length check (length(reference) between 1 and 64),
  holder text not null constraint bank_payers_holder_length check (length(holder) between 1 and 500),
  bank text not null constraint bank_payers_bank_length check (length(bank) <= 500),
  number_sealed bytea not null constraint bank_payers_number_sealed_length check (length(number_sealed) between 1 and 500),
  primary key (payment_id, reference, shard)
);
grant select, insert on payments.bank_payers to weiji_app;

-- What of a statement went out, and what of that is a transfer of ours.
alter table payments.bank_statements
  add column debits integer not null default 0,
  add column paid integer not null default 0,
  add constraint bank_statements_debits_add_up check (paid >= 0 and paid <= debits and debits <= lines);
