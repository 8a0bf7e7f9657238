-- Double entry. Counters of accounts are written in the same statement as the transfers that move them.
create schema ledger;
grant usage on schema ledger to weiji_app;

create table ledger.ledgers (
  id integer primary key,
  asset text not null unique,
  scale smallint not null,
  description text not null
);
insert into ledger.ledgers (id, asset, scale, description) values
  (1, 'CNY', 2, 'yuan, counted in fen'),
  (2, 'CNYu', 6, 'yuan, counted in ten-thousandths of a fen'),
  (3, 'CTL', 0, 'control: what is still refundable; no money');
grant select on ledger.ledgers to weiji_app;

-- Fewer than half of a page's rows are written at first: counters change all the time, and a change that stays on its
-- page touches no index.
create table ledger.accounts (
  shard smallint not null,
  id uuid not null,
  ledger integer not null,
  code smallint not null constraint accounts_code_is_given check (code <> 0),
  flags smallint not null,
  owner_id uuid,
  debits_pending bigint not null default 0,
  debits_posted bigint not null default 0,
  credits_pending bigint not null default 0,
  credits_posted bigint not null default 0,
  created_at bigint not null,
  primary key (id, shard),
  constraint accounts_counters_are_not_negative
    check (debits_pending >= 0 and debits_posted >= 0 and credits_pending >= 0 and credits_posted >= 0),
  constraint accounts_debits_do_not_exceed_credits
    check (flags & 1 = 0 or debits_posted + debits_pending <= credits_posted),
  constraint accounts_credits_do_not_exceed_debits
    check (flags & 2 = 0 or credits_posted + credits_pending <= debits_posted)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
create index accounts_created_at on ledger.accounts using brin (created_at) with (pages_per_range = 16);
grant select, insert, update (flags, debits_pending, debits_posted, credits_pending, credits_posted)
  on ledger.accounts to weiji_app;

create table ledger.transfers (
  shard smallint not null,
  id uuid not null,
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount bigint not null,
  requested bigint not null,
  pending_id uuid,
  timeout integer not null,
  ledger integer not null,
  code smallint not null,
  flags smallint not null,
  journal_id uuid,
  effective_at bigint,
  timestamp bigint not null,
  primary key (id, shard),
  constraint transfers_amount_is_in_range check (amount between 0 and 9007199254740991),
  constraint transfers_accounts_differ check (debit_account_id <> credit_account_id)
);
create index transfers_debit on ledger.transfers (debit_account_id, timestamp);
create index transfers_credit on ledger.transfers (credit_account_id, timestamp);
create index transfers_timestamp on ledger.transfers using brin (timestamp) with (pages_per_range = 16);
grant select, insert on ledger.transfers to weiji_app;

-- The state of each hold. 1 pending, 2 posted, 3 voided, 4 expired.
create table ledger.pending_transfers (
  shard smallint not null,
  id uuid not null,
  state smallint not null constraint pending_transfers_state_is_known check (state between 1 and 4),
  expires_at bigint,
  resolved_by uuid,
  primary key (id, shard),
  constraint pending_transfers_resolved_once check ((state = 1) = (resolved_by is null))
) with (fillfactor = 70);
create index pending_transfers_expiry on ledger.pending_transfers (expires_at) where state = 1 and expires_at is not null;
grant select, insert, update (state, resolved_by) on ledger.pending_transfers to weiji_app;

create table ledger.failed_transfers (
  shard smallint not null,
  id uuid not null,
  status text not null,
  timestamp bigint not null,
  primary key (id, shard)
);
create index failed_transfers_timestamp on ledger.failed_transfers using brin (timestamp) with (pages_per_range = 16);
grant select, insert on ledger.failed_transfers to weiji_app;

create table ledger.balance_snapshots (
  shard smallint not null,
  account_id uuid not null,
  timestamp bigint not null,
  debits_pending bigint not null,
  debits_posted bigint not null,
  credits_pending bigint not null,
  credits_posted bigint not null,
  primary key (account_id, timestamp, shard)
);
create index balance_snapshots_timestamp on ledger.balance_snapshots using brin (timestamp) with (pages_per_range = 16);
grant select, insert on ledger.balance_snapshots to weiji_app;

-- The end of each lane's chain: its row is the lock that puts the batches of a lane in one order.
create table ledger.heads (
  lane smallint primary key,
  batch bigint not null,
  timestamp bigint not null,
  hash bytea not null,
  signed_batch bigint not null default 0
) with (fillfactor = 10);
insert into ledger.heads (lane, batch, timestamp, hash)
select lane, 0, 0, sha256(convert_to('weiji ledger lane ' || lane, 'UTF8')) from generate_series(0, 63) as lane;
grant select, update (batch, timestamp, hash, signed_batch) on ledger.heads to weiji_app;

-- What each batch was. Its hash covers it and all before it; `checks` (CRC-32 of each row) say which row is wrong.
create table ledger.batches (
  lane smallint not null,
  batch bigint not null,
  lanes smallint not null,
  size integer not null,
  first_timestamp bigint not null,
  last_timestamp bigint not null,
  previous_hash bytea not null,
  hash bytea not null,
  checks bytea not null,
  primary key (lane, batch)
);
grant select, insert on ledger.batches to weiji_app;

-- Heads of chains, signed (Ed25519) every minute by whoever holds the key: who changed history must forge these, too.
create table ledger.signatures (
  lane smallint not null,
  batch bigint not null,
  previous_batch bigint not null,
  hash bytea not null,
  public_key bytea not null,
  signature bytea not null,
  signed_at timestamptz not null,
  primary key (lane, batch)
);
grant select, insert on ledger.signatures to weiji_app;

-- What other modules may read of accounts beside what is theirs, in one statement with it.
create view ledger.public_accounts as
select shard, id, ledger, code, owner_id, debits_pending, debits_posted, credits_pending, credits_posted
from ledger.accounts;
grant select on ledger.public_accounts to weiji_app;
