-- name: find_pendings
-- The holds that a batch posts or voids, so that their accounts are known before any is locked.
select id, debit_account_id, credit_account_id
from ledger.transfers
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: lock_accounts
-- A statement of its own: what is read after it sees what the last holder of the locks committed.
-- In id order, so that two batches never wait for each other.
select id, ledger, code, flags, owner_id, debits_pending, debits_posted, credits_pending, credits_posted, created_at
from ledger.accounts
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: lock_head
-- After the accounts: the batches of a lane take turns from here to their commit.
select h.lane, h.batch, h.timestamp, h.hash, i.lanes
from ledger.heads h join kit.installation i on h.lane = $1 % i.lanes
for no key update of h;

-- name: read_batch
-- What a batch must know beyond its accounts: transfers with its ids, the holds it names, ids that failed before.
select 1 as kind, t.id, t.debit_account_id, t.credit_account_id, t.amount, t.requested, t.pending_id, t.timeout,
  t.ledger, t.code, t.flags, t.journal_id, t.effective_at, t.timestamp, p.state, p.expires_at, p.resolved_by
from ledger.transfers t
left join ledger.pending_transfers p on p.shard = t.shard and p.id = t.id
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[])
union all
select 2, f.id, null, null, null, null, null, null, null, null, null, null, null, f.timestamp, null, null, null
from ledger.failed_transfers f
where f.shard = any ($1::smallint[]) and f.id = any ($2::uuid[]);

-- name: write_batch
-- Everything that every batch writes, in one statement: transfers, counters, the end of the chain.
with made as (
  insert into ledger.transfers
    (shard, id, debit_account_id, credit_account_id, amount, requested, pending_id, timeout, ledger, code, flags,
     journal_id, effective_at, timestamp)
  select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::uuid[],
    $8::integer[], $9::integer[], $10::smallint[], $11::smallint[], $12::uuid[], $13::bigint[], $14::bigint[])
), moved as (
  update ledger.accounts a
  set flags = m.flags, debits_pending = m.debits_pending, debits_posted = m.debits_posted,
      credits_pending = m.credits_pending, credits_posted = m.credits_posted
  from unnest($15::smallint[], $16::uuid[], $17::smallint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[])
    as m (shard, id, flags, debits_pending, debits_posted, credits_pending, credits_posted)
  where a.shard = any ($15::smallint[]) and a.shard = m.shard and a.id = m.id
), chained as (
  insert into ledger.batches
    (lane, batch, lanes, size, first_timestamp, last_timestamp, previous_hash, hash)
  values ($22, $23, $24, $25, $26, $27, $28, $29)
)
update ledger.heads set batch = $23, timestamp = $27, hash = $29 where lane = $22 and batch = $23 - 1
returning batch;

-- name: open_accounts
insert into ledger.accounts
  (shard, id, ledger, code, flags, owner_id, debits_pending, debits_posted, credits_pending, credits_posted, created_at)
select * from unnest($1::smallint[], $2::uuid[], $3::integer[], $4::smallint[], $5::smallint[], $6::uuid[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[]);

-- name: add_holds
insert into ledger.pending_transfers (shard, id, state, expires_at, resolved_by)
select * from unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::bigint[], $5::uuid[]);

-- name: resolve_holds
update ledger.pending_transfers p set state = r.state, resolved_by = r.resolved_by
from unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::uuid[]) as r (shard, id, state, resolved_by)
where p.shard = any ($1::smallint[]) and p.shard = r.shard and p.id = r.id and p.state = 1;

-- name: add_failures
insert into ledger.failed_transfers (shard, id, status, timestamp)
select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bigint[]);

-- name: add_snapshots
insert into ledger.balance_snapshots
  (shard, account_id, timestamp, debits_pending, debits_posted, credits_pending, credits_posted)
select * from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]);

-- name: get_due_holds
-- Due by the lane's time, which may be ahead of the clock after a jump.
select p.id
from ledger.pending_transfers p
where p.shard = any ($1::smallint[]) and p.state = 1 and p.expires_at <= greatest($2, (
  select max(h.timestamp) + 1 from ledger.heads h, kit.installation i where h.lane = $4 % i.lanes))
order by p.expires_at, p.id
limit $3;

-- name: get_accounts
select id, ledger, code, flags, owner_id, debits_pending, debits_posted, credits_pending, credits_posted, created_at
from ledger.accounts
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: get_transfers
select id, debit_account_id, credit_account_id, amount, requested, pending_id, timeout, ledger, code, flags, journal_id,
  effective_at, timestamp
from ledger.transfers
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: get_statement
-- The movements of one account, newest first, before a time: both sides, by their indexes.
select * from (
  (select t.id, t.debit_account_id, t.credit_account_id, t.amount, t.pending_id, t.code, t.flags, t.journal_id,
     t.effective_at, t.timestamp
   from ledger.transfers t
   where t.shard = $1 and t.debit_account_id = $2 and t.timestamp < $3
   order by t.timestamp desc limit $4)
  union all
  (select t.id, t.debit_account_id, t.credit_account_id, t.amount, t.pending_id, t.code, t.flags, t.journal_id,
     t.effective_at, t.timestamp
   from ledger.transfers t
   where t.shard = $1 and t.credit_account_id = $2 and t.timestamp < $3
   order by t.timestamp desc limit $4)
) as both_sides
order by timestamp desc
limit $4;

-- name: get_balance_as_of
-- Posted and pending counters as they were at a time, from the history alone. A hold that was resolved later still counts.
with own as (
  select t.shard, t.id, t.amount, t.pending_id, t.flags, t.debit_account_id = $2 as is_debit
  from ledger.transfers t
  where t.shard = $1 and (t.debit_account_id = $2 or t.credit_account_id = $2)
    and case when $4 then coalesce(t.effective_at, t.timestamp) else t.timestamp end <= $3
)
select
  coalesce(sum(amount) filter (where is_debit and flags & 2 = 0 and flags & 8 = 0), 0)::bigint as debits_posted,
  coalesce(sum(amount) filter (where not is_debit and flags & 2 = 0 and flags & 8 = 0), 0)::bigint as credits_posted,
  coalesce(sum(amount) filter (where is_debit and flags & 2 <> 0 and not is_resolved), 0)::bigint as debits_pending,
  coalesce(sum(amount) filter (where not is_debit and flags & 2 <> 0 and not is_resolved), 0)::bigint as credits_pending
from (
  select o.amount, o.flags, o.is_debit, r.pending_id is not null as is_resolved
  from own o left join own r on r.pending_id = o.id
) as history;

-- name: get_snapshot
select debits_pending, debits_posted, credits_pending, credits_posted, timestamp
from ledger.balance_snapshots
where shard = $1 and account_id = $2 and timestamp <= $3
order by timestamp desc
limit 1;

-- name: get_trial_balance
select ledger, code, count(*) as accounts, sum(debits_pending)::bigint as debits_pending,
  sum(debits_posted)::bigint as debits_posted, sum(credits_pending)::bigint as credits_pending,
  sum(credits_posted)::bigint as credits_posted
from ledger.accounts
where shard between 0 and 63
group by ledger, code
order by ledger, code;

-- name: get_heads
select lane, batch, timestamp, hash from ledger.heads where batch > 0 order by lane;

-- name: add_signatures
insert into ledger.signatures (lane, batch, hash, public_key, signature, signed_at)
select lane, batch, hash, $4, signature, $6
from unnest($1::smallint[], $2::bigint[], $3::bytea[], $5::bytea[]) as s (lane, batch, hash, signature)
on conflict do nothing;

-- name: read_signatures
select batch, hash, public_key, signature, signed_at from ledger.signatures where lane = $1 order by batch;

-- name: read_batches
select batch, lanes, size, first_timestamp, last_timestamp, previous_hash, hash
from ledger.batches where lane = $1 and batch > $2 order by batch limit $3;

-- name: read_history
-- Everything that the hashes cover, in order of time: accounts opened, transfers, failures.
select 1 as kind, a.created_at as timestamp, a.id, null::uuid as debit_account_id, null::uuid as credit_account_id,
  null::bigint as amount, null::bigint as requested, null::uuid as pending_id, null::integer as timeout, a.ledger, a.code,
  a.flags & 7 as flags, a.owner_id as journal_id, null::bigint as effective_at, null::text as status, null::bigint as expires_at
from ledger.accounts a
where a.shard = any ($1::smallint[]) and a.created_at between $2 and $3
union all
select 2, t.timestamp, t.id, t.debit_account_id, t.credit_account_id, t.amount, t.requested, t.pending_id, t.timeout, t.ledger,
  t.code, t.flags, t.journal_id, t.effective_at, null, null
from ledger.transfers t
where t.shard = any ($1::smallint[]) and t.timestamp between $2 and $3
union all
select 3, f.timestamp, f.id, null, null, null, null, null, null, null, null, null, null, null, f.status, null
from ledger.failed_transfers f
where f.shard = any ($1::smallint[]) and f.timestamp between $2 and $3
order by 2;

-- name: read_counters
select id, flags, debits_pending, debits_posted, credits_pending, credits_posted
from ledger.accounts where shard = $1 order by id;

-- name: read_holds
select id, state, expires_at, resolved_by from ledger.pending_transfers where shard = $1 order by id;

-- name: count_history
select
  (select count(*) from ledger.transfers where shard = any ($1::smallint[])) as transfers,
  (select count(*) from ledger.accounts where shard = any ($1::smallint[])) as accounts,
  (select count(*) from ledger.failed_transfers where shard = any ($1::smallint[])) as failures;

-- name: sum_batches
select coalesce(sum(size), 0)::bigint from ledger.batches;
