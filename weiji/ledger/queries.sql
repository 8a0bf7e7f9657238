-- name: lock_head
-- The first statement of a batch, and on its own: the batches of a lane take turns from here to their commit, and what is
-- read after it sees what the one before committed.
select h.lane, h.batch, h.timestamp, h.hash, i.lanes, h.closed_until
from ledger.heads h join kit.installation i on h.lane = $1 % i.lanes
for no key update of h;

-- name: read_batch
-- What a batch must know, in one statement: transfers with these ids ($2), with the state of holds; ids that failed;
-- accounts ($3); the accounts of the holds that it resolves ($4). The columns are those of a transfer; those of an account
-- stand in columns of the same types.
select 1 as kind, t.id, t.debit_account_id, t.credit_account_id, t.amount, t.requested, t.pending_id, t.timeout,
  t.ledger, t.code, t.flags, t.journal_id, t.effective_at, t.timestamp, p.state, p.expires_at, p.resolved_by
from ledger.transfers t
left join ledger.pending_transfers p on p.shard = t.shard and p.id = t.id
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[])
union all
select 2, f.id, null, null, null, null, null, null, null, null, null, null, null, f.timestamp, null, null, null
from ledger.failed_transfers f
where f.shard = any ($1::smallint[]) and f.id = any ($2::uuid[])
union all
select 3, a.id, a.owner_id, null, a.debits_pending, a.debits_posted, null, null, a.ledger, a.code, a.flags, null,
  a.credits_pending, a.credits_posted, null, null, null
from ledger.accounts a
where a.shard = any ($1::smallint[]) and a.id = any ($3::uuid[])
union all
select 3, a.id, a.owner_id, null, a.debits_pending, a.debits_posted, null, null, a.ledger, a.code, a.flags, null,
  a.credits_pending, a.credits_posted, null, null, null
from ledger.transfers t
join ledger.accounts a on a.shard = t.shard and a.id in (t.debit_account_id, t.credit_account_id)
where t.shard = any ($1::smallint[]) and t.id = any ($4::uuid[]) and a.shard = any ($1::smallint[]);

-- name: write_batch
-- Everything that every batch writes, in one statement: transfers, counters, the end of the chain. The shards of the
-- accounts come once more, each once: with the whole list the index scan sorts it again for every account (20 µs).
-- What is the same in every transfer comes once, behind the rest ($32 to $35), and its array is empty then. The head is
-- locked; had it moved, the batch of this number would be there.
with made as (
  insert into ledger.transfers
    (shard, id, debit_account_id, credit_account_id, amount, requested, pending_id, timeout, ledger, code, flags,
     journal_id, effective_at, timestamp)
  select shard, id, debit_account_id, credit_account_id, amount, coalesce(requested, amount), pending_id,
    coalesce(timeout, $32), coalesce(ledger, $33), coalesce(code, $34), coalesce(flags, $35), journal_id, effective_at,
    timestamp
  from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::uuid[],
    $8::integer[], $9::integer[], $10::smallint[], $11::smallint[], $12::uuid[], $13::bigint[], $14::bigint[])
    as t (shard, id, debit_account_id, credit_account_id, amount, requested, pending_id, timeout, ledger, code, flags,
      journal_id, effective_at, timestamp)
), moved as (
  update ledger.accounts a
  set flags = m.flags, debits_pending = m.debits_pending, debits_posted = m.debits_posted,
      credits_pending = m.credits_pending, credits_posted = m.credits_posted
  from unnest($16::smallint[], $17::uuid[], $18::smallint[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[])
    as m (shard, id, flags, debits_pending, debits_posted, credits_pending, credits_posted)
  where a.shard = any ($15::smallint[]) and a.shard = m.shard and a.id = m.id
), chained as (
  insert into ledger.batches
    (lane, batch, lanes, size, first_timestamp, last_timestamp, previous_hash, hash, checks)
  values ($23, $24, $25, $26, $27, $28, $29, $30, $31)
)
update ledger.heads set batch = $24, timestamp = $28, hash = $30 where lane = $23 and batch = $24 - 1;

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
from unnest($2::smallint[], $3::uuid[], $4::smallint[], $5::uuid[]) as r (shard, id, state, resolved_by)
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
-- The movements of one account, newest first, before a time: both sides, by their indexes; and whether it is a hold that
-- has not ended.
select both_sides.*, coalesce(p.state = 1, false) as is_held
from (
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
left join ledger.pending_transfers p on p.shard = $1 and p.id = both_sides.id
order by timestamp desc
limit $4;

-- name: list_wallets
-- A page of wallets in the order of their owners, with what each has, and when it last moved (microseconds). Each takes two
-- looks at indexes, however much it moved.
select w.owner_id, w.credits_posted - w.debits_posted - w.debits_pending as available,
  greatest((select max(t.timestamp) from ledger.transfers t where t.shard = w.shard and t.debit_account_id = w.id),
    (select max(t.timestamp) from ledger.transfers t where t.shard = w.shard and t.credit_account_id = w.id)) as moved
from (
  select a.shard, a.id, a.owner_id, a.credits_posted, a.debits_posted, a.debits_pending
  from ledger.accounts a
  where a.shard between 0 and 63 and a.code = 2010 and a.owner_id > $1
  order by a.owner_id
  limit $2) as w
order by w.owner_id;

-- name: get_wallets
-- The same of these persons.
select a.owner_id, a.credits_posted - a.debits_posted - a.debits_pending as available,
  greatest((select max(t.timestamp) from ledger.transfers t where t.shard = a.shard and t.debit_account_id = a.id),
    (select max(t.timestamp) from ledger.transfers t where t.shard = a.shard and t.credit_account_id = a.id)) as moved
from ledger.accounts a
where a.shard = any ($1::smallint[]) and a.id = any ($2::uuid[]);

-- name: get_balance_as_of
-- Counters as they were at a time: those of the snapshot of an earlier time, if there is one, and what moved since.
with own as (
  select t.amount, t.pending_id, t.flags, t.debit_account_id = $2 as is_debit, h.amount as held
  from ledger.transfers t
  left join ledger.transfers h on h.shard = t.shard and h.id = t.pending_id
  where t.shard = $1 and (t.debit_account_id = $2 or t.credit_account_id = $2) and t.timestamp > $4 and t.timestamp <= $3
), moved as (
  select is_debit, case when flags & 10 = 0 then amount else 0 end as posted,
    case when flags & 2 <> 0 then amount when pending_id is not null then -held else 0 end as pending
  from own
), base as (
  select debits_pending, debits_posted, credits_pending, credits_posted
  from ledger.balance_snapshots
  where shard = $1 and account_id = $2 and timestamp = $4
)
select
  (coalesce((select b.debits_pending from base b), 0) + coalesce(sum(pending) filter (where is_debit), 0))::bigint
    as debits_pending,
  (coalesce((select b.debits_posted from base b), 0) + coalesce(sum(posted) filter (where is_debit), 0))::bigint
    as debits_posted,
  (coalesce((select b.credits_pending from base b), 0) + coalesce(sum(pending) filter (where not is_debit), 0))::bigint
    as credits_pending,
  (coalesce((select b.credits_posted from base b), 0) + coalesce(sum(posted) filter (where not is_debit), 0))::bigint
    as credits_posted
from moved;

-- name: get_balance_by_effective_time
-- Counters as they were at a moment of business time, from the history alone.
with own as (
  select t.id, t.amount, t.pending_id, t.flags, t.debit_account_id = $2 as is_debit
  from ledger.transfers t
  where t.shard = $1 and (t.debit_account_id = $2 or t.credit_account_id = $2)
    and coalesce(t.effective_at, t.timestamp) <= $3
)
select
  coalesce(sum(amount) filter (where is_debit and flags & 2 <> 0 and not is_resolved), 0)::bigint as debits_pending,
  coalesce(sum(amount) filter (where is_debit and flags & 10 = 0), 0)::bigint as debits_posted,
  coalesce(sum(amount) filter (where not is_debit and flags & 2 <> 0 and not is_resolved), 0)::bigint as credits_pending,
  coalesce(sum(amount) filter (where not is_debit and flags & 10 = 0), 0)::bigint as credits_posted
from (
  select o.amount, o.flags, o.is_debit, r.pending_id is not null as is_resolved
  from own o left join own r on r.pending_id = o.id
) as history;

-- name: get_snapshot_time
select timestamp
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

-- name: get_posted
-- What all accounts have come to by now, by ledger, kind, and which of the times ($1, in their order) they were opened after
-- (0: before the first); with when the books began, and where the chain of each lane stands in the same snapshot.
with posted as (
  select ledger, code, width_bucket(created_at, $1::bigint[]) as opened, count(*) as accounts,
    sum(debits_posted)::bigint as debits, sum(credits_posted)::bigint as credits
  from ledger.accounts
  where shard between 0 and 63
  group by ledger, code, opened
)
select p.*, (select min(b.first_timestamp) from ledger.batches b where b.batch = 1) as began_at,
  (select array_agg(h.timestamp order by h.lane) from ledger.heads h join kit.installation i on h.lane < i.lanes) as heads
from posted p
order by ledger, code;

-- name: get_moved
-- What moved from a time on ($1) and before another ($2), and is not later than where the chain of its lane stood ($3), by
-- ledger, kind, and which of the times ($4) it moved after. Holds ($5) are left out: they moved nothing. With how many
-- transfers there are; where that is more than so many ($6), nothing else is said.
with slice as materialized (
  select t.shard, t.debit_account_id, t.credit_account_id, t.amount, t.timestamp, t.flags
  from ledger.transfers t
  where t.shard between 0 and 63 and t.timestamp >= $1 and t.timestamp < $2
    and t.timestamp <= ($3::bigint[])[t.shard % array_length($3, 1) + 1]
  limit $6 + 1
), counted as (
  select count(*) as transfers from slice
), moved as (
  select m.shard, m.id, width_bucket(m.timestamp, $4::bigint[]) as later, sum(m.debits)::bigint as debits,
    sum(m.credits)::bigint as credits
  from (
    select shard, debit_account_id as id, timestamp, amount as debits, 0 as credits from slice where flags & $5 = 0
    union all
    select shard, credit_account_id, timestamp, 0, amount from slice where flags & $5 = 0
  ) as m
  where (select c.transfers from counted c) <= $6
  group by m.shard, m.id, later
), summed as (
  select a.ledger, a.code, m.later, sum(m.debits)::bigint as debits, sum(m.credits)::bigint as credits
  from moved m
  join ledger.accounts a on a.shard = m.shard and a.id = m.id
  where a.shard between 0 and 63
  group by a.ledger, a.code, m.later
)
select c.transfers, s.ledger, s.code, s.later, s.debits, s.credits
from counted c
left join summed s on true;

-- name: get_beginning
select min(first_timestamp) from ledger.batches where batch = 1;

-- name: lock_heads
-- All of them, in one order: no batch is under way then, in no lane.
select lane, batch, timestamp, hash, closed_until
from ledger.heads
order by lane
for no key update;

-- name: close_heads
update ledger.heads set closed_until = $1, closed_batch = batch where closed_until < $1;

-- name: lock_unsigned_heads
-- Locked, so that two who sign do not both take the same signature for the one before.
select lane, batch, signed_batch, hash
from ledger.heads
where batch > signed_batch
order by lane
for no key update;

-- name: add_signatures
with added as (
  insert into ledger.signatures (lane, batch, previous_batch, hash, public_key, signature, signed_at)
  select lane, batch, previous_batch, hash, $5, signature, $7
  from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bytea[], $6::bytea[])
    as s (lane, batch, previous_batch, hash, signature)
)
update ledger.heads h set signed_batch = s.batch
from unnest($1::smallint[], $2::bigint[]) as s (lane, batch)
where h.lane = s.lane;

-- name: get_lanes
select lanes from kit.installation;

-- name: read_heads
select lane, batch, timestamp, hash, signed_batch, closed_until, closed_batch from ledger.heads order by lane;

-- name: read_signatures
select lane, batch, previous_batch, hash, public_key, signature, signed_at from ledger.signatures order by lane, batch;

-- name: read_batches
-- A stretch of a lane's chain, with up to so many rows; always one batch at least, where there is one.
select batch, lanes, size, first_timestamp, last_timestamp, previous_hash, hash, checks
from (
  select b.*, sum(b.size::bigint) over (order by b.batch) - b.size as rows_before
  from (select * from ledger.batches where lane = $1 and batch > $2 order by batch limit $3) as b
) as counted
where rows_before < $3
order by batch;

-- name: read_opened
select shard, id, created_at, ledger, code, flags, owner_id
from ledger.accounts
where shard = any ($1::smallint[]) and created_at between $2 and $3
order by created_at, id;

-- name: get_debits
-- What went out of accounts for business documents, by kind, one by one. All that ever went out of each is looked through.
select id, debit_account_id, journal_id, amount
from ledger.transfers
where shard = any ($1::smallint[]) and debit_account_id = any ($2::uuid[]) and journal_id = any ($3::uuid[]) and code = $4;

-- name: read_made
-- What the hash of a batch covers of each transfer, byte by byte as `chain.py` writes it, and the shard where it lies. So
-- the program need not put together again what it took apart, and the database is busy beside it.
select timestamp, shard, '\x74'::bytea || int8send(timestamp) || uuid_send(id) || uuid_send(debit_account_id)
  || uuid_send(credit_account_id) || int8send(amount) || int8send(requested)
  || coalesce(uuid_send(pending_id), '\x00000000000000000000000000000000') || int4send(timeout) || int4send(ledger)
  || int2send(code) || int2send(flags) || coalesce(uuid_send(journal_id), '\x00000000000000000000000000000000')
  || int8send(coalesce(effective_at, -9223372036854775808)) as record
from ledger.transfers
where shard = any ($1::smallint[]) and timestamp between $2 and $3
order by timestamp, id;

-- name: read_failed
select shard, id, timestamp, status
from ledger.failed_transfers
where shard = any ($1::smallint[]) and timestamp between $2 and $3
order by timestamp, id;

-- name: read_snapshots
select shard, account_id, timestamp, debits_pending, debits_posted, credits_pending, credits_posted
from ledger.balance_snapshots
where shard = any ($1::smallint[]) and timestamp between $2 and $3
order by timestamp, account_id;

-- name: read_counters
select shard, id, flags, debits_pending, debits_posted, credits_pending, credits_posted
from ledger.accounts
where (id, shard) > ($2, $1)
order by id, shard
limit $3;

-- name: read_holds
select shard, id, state, expires_at, resolved_by
from ledger.pending_transfers
where (id, shard) > ($2, $1)
order by id, shard
limit $3;

-- name: find_strays
-- Rows in shards and lanes that there are not.
select 'account' as kind, id::text as id from ledger.accounts where shard < 0 or shard > 63
union all
select 'transfer', id::text from ledger.transfers where shard < 0 or shard > 63
union all
select 'failure', id::text from ledger.failed_transfers where shard < 0 or shard > 63
union all
select 'hold', id::text from ledger.pending_transfers where shard < 0 or shard > 63
union all
select 'snapshot of account', account_id::text from ledger.balance_snapshots where shard < 0 or shard > 63
union all
select 'batch', lane || ', ' || batch from ledger.batches where lane < 0 or lane >= $1
limit $2;

-- name: get_heads
-- The ends of the chains that are in use, each with its last signature.
select h.lane, h.batch, h.timestamp, h.hash, h.signed_batch, s.signed_at, s.public_key
from ledger.heads h
join kit.installation i on h.lane < i.lanes
left join ledger.signatures s on s.lane = h.lane and s.batch = h.signed_batch
order by h.lane;

-- name: get_closed_until
-- A period is closed in all lanes at once.
select max(closed_until) from ledger.heads;

-- name: get_batch_hashes
select b.lane, b.batch, b.hash
from unnest($1::smallint[], $2::bigint[]) as w (lane, batch)
join ledger.batches b on b.lane = w.lane and b.batch = w.batch;

-- name: get_totals
-- What came into accounts ($2) and went out of them from a time on, by kind; from $4 on apart; and beside each line what is
-- on them now. What moves from one of them to another of them does neither. Holds ($5: the flags of what only holds or
-- frees) are left out: they moved nothing.
with moved as (
  select t.code, false as is_in, t.timestamp >= $4 as is_later, t.amount
  from ledger.transfers t
  where t.shard = $1 and t.debit_account_id = any ($2::uuid[]) and t.timestamp >= $3
    and not t.credit_account_id = any ($2::uuid[]) and t.flags & $5 = 0 and t.amount > 0
  union all
  select t.code, true, t.timestamp >= $4, t.amount
  from ledger.transfers t
  where t.shard = $1 and t.credit_account_id = any ($2::uuid[]) and t.timestamp >= $3
    and not t.debit_account_id = any ($2::uuid[]) and t.flags & $5 = 0 and t.amount > 0
)
select n.balance, m.code, m.is_in, m.is_later, m.amount, m.transfers
from (
  select coalesce(sum(credits_posted - debits_posted), 0)::bigint as balance
  from ledger.accounts where shard = $1 and id = any ($2::uuid[])
) as n
left join (
  select code, is_in, is_later, sum(amount)::bigint as amount, count(*) as transfers
  from moved group by code, is_in, is_later
) as m on true
order by m.code, m.is_in, m.is_later;

-- name: list_moved
-- Which of some accounts something came into, or went out of, between two times.
select a.id
from ledger.accounts a
where a.shard = any ($1::smallint[]) and a.id = any ($2::uuid[]) and (
  exists (select from ledger.transfers t
    where t.shard = a.shard and t.debit_account_id = a.id and t.timestamp >= $3 and t.timestamp < $4)
  or exists (select from ledger.transfers t
    where t.shard = a.shard and t.credit_account_id = a.id and t.timestamp >= $3 and t.timestamp < $4));

-- name: get_movements
-- What get_totals sums, one by one, oldest first, between two times. Of each account at a time: of several at once an index
-- has no order, and each page would sort all that is behind it.
select moved.* from ledger.accounts a cross join lateral (
  (select t.id, false as is_in, t.amount, t.code, t.journal_id, t.timestamp
   from ledger.transfers t
   where t.shard = $1 and t.debit_account_id = a.id and t.timestamp > $3 and t.timestamp < $4
     and not t.credit_account_id = any ($2::uuid[]) and t.flags & $5 = 0 and t.amount > 0
   order by t.timestamp limit $6)
  union all
  (select t.id, true, t.amount, t.code, t.journal_id, t.timestamp
   from ledger.transfers t
   where t.shard = $1 and t.credit_account_id = a.id and t.timestamp > $3 and t.timestamp < $4
     and not t.debit_account_id = any ($2::uuid[]) and t.flags & $5 = 0 and t.amount > 0
   order by t.timestamp limit $6)
) as moved
where a.shard = $1 and a.id = any ($2::uuid[])
order by moved.timestamp
limit $6;
