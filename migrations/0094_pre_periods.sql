-- Months that are closed. What is in them stays as it is: nothing is recorded with a time, or to take effect, before the end of the last.
alter table ledger.heads
  add column closed_until bigint not null default 0,
  add column closed_batch bigint not null default 0,
  add constraint heads_go_on_after_what_is_closed check (batch = closed_batch or timestamp >= closed_until);
grant update (closed_until, closed_batch) on ledger.heads to weiji_app;

create view reconciliation.public_breaks as
select shard, id, channel, day, class, state, delta, found_at from reconciliation.breaks;
grant select on reconciliation.public_breaks to weiji_app;

create schema periods;
grant usage on schema periods to weiji_app;

-- One row for each month that was closed: a small table that all read. `document` is what is signed, to the letter.
create table periods.periods (
  month date primary key constraint periods_begin_with_a_month check (extract(day from month) = 1),
  document text not null constraint periods_document_length check (length(document) <= 100000),
  trial_hash bytea not null constraint periods_trial_hash_length check (length(trial_hash) = 32),
  proposal_id uuid not null,
  proposed_by uuid not null,
  approved_by uuid not null,
  closed_at timestamptz not null,
  public_key bytea,
  signature bytea,
  signed_at timestamptz,
  constraint periods_closed_by_two check (proposed_by <> approved_by),
  constraint periods_signed_whole check ((signature is null) = (public_key is null) and (signature is null) = (signed_at is null))
);
grant select, insert, update (public_key, signature, signed_at) on periods.periods to weiji_app;

-- What was posted late, in an open month, for one that is closed. The id is its proposal's. Never changed.
create table periods.corrections (
  shard smallint not null,
  id uuid not null,
  month date not null,
  amount bigint not null constraint corrections_amount_is_in_range check (amount between 1 and 9007199254740991),
  made_at timestamptz not null,
  primary key (id, shard),
  constraint corrections_live_in_their_own_shard check (shard = kit.shard_of(id))
);
create index corrections_of_month on periods.corrections (month, made_at);
grant select, insert on periods.corrections to weiji_app;
