-- name: add_transfers
-- What somebody else wrote meanwhile stays.
insert into payments.bank_transfers
  (shard, id, kind, subject_id, attempt, reference, amount, holder, bank, last4, number_sealed, created_at)
select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::uuid[], $5::smallint[], $6::text[], $7::bigint[],
  $8::text[], $9::text[], $10::text[], $11::bytea[], $12::timestamptz[])
on conflict do nothing;

-- name: get_transfers_of
-- The last attempt of each.
select distinct on (t.subject_id) t.id, t.kind, t.subject_id, t.attempt, t.reference, t.amount, t.holder, t.bank, t.last4,
  t.number_sealed, t.created_at, t.batch_id, t.line, t.status, t.told_at, t.reason, t.returned_by, t.paid_by, t.paid_again
from payments.bank_transfers t
where t.shard = any ($1::smallint[]) and t.subject_id = any ($2::uuid[])
order by t.subject_id, t.attempt desc;

-- name: lock_transfers
select t.id, t.kind, t.subject_id, t.attempt, t.reference, t.amount, t.holder, t.bank, t.last4, t.number_sealed,
  t.created_at, t.batch_id, t.line, t.status, t.told_at, t.reason, t.returned_by, t.paid_by, t.paid_again
from payments.bank_transfers t
where t.shard = any ($1::smallint[]) and t.reference = any ($2::text[])
order by t.id
for no key update;

-- name: get_transfers
select t.id, t.kind, t.subject_id, t.attempt, t.reference, t.amount, t.holder, t.bank, t.last4, t.number_sealed,
  t.created_at, t.batch_id, t.line, t.status, t.told_at, t.reason, t.returned_by, t.paid_by, t.paid_again
from payments.bank_transfers t
where t.shard = any ($1::smallint[]) and t.reference = any ($2::text[]);

-- name: find_references
-- What comes back of a payout is its own, however it stands. Of a refund only where it counts as not given back, or was by a
-- later transfer: what comes after it was is money that nobody waits for.
select t.reference, t.kind = 'payout' or t.status = 'rejected' or t.status = 'returned' and (r.status <> 'succeeded' or exists (
  select from payments.bank_transfers l where l.shard = t.shard and l.subject_id = t.subject_id and l.attempt > t.attempt))
  as comes_back
from payments.bank_transfers t
left join payments.refunds r on r.shard = t.shard and r.id = t.subject_id
where t.shard = any ($1::smallint[]) and t.reference = any ($2::text[]);

-- name: change_transfers
update payments.bank_transfers t
set status = c.status, told_at = c.told_at, reason = c.reason, returned_by = c.returned_by, paid_by = c.paid_by,
  paid_again = c.paid_again
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
  $8::text[]) as c (shard, id, status, told_at, reason, returned_by, paid_by, paid_again)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: list_waiting
select t.id, t.kind, t.subject_id, t.attempt, t.reference, t.amount, t.holder, t.bank, t.last4, t.number_sealed,
  t.created_at, t.batch_id, t.line, t.status, t.told_at, t.reason, t.returned_by, t.paid_by, t.paid_again
from payments.bank_transfers t
where t.shard between 0 and 63 and t.status = 'waiting'
order by t.created_at, t.id
limit $1;

-- name: send_transfers
-- Whoever comes second finds those no longer waiting that the first took.
update payments.bank_transfers t
set status = 'sent', batch_id = c.batch_id, line = c.line
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::integer[]) as c (shard, id, batch_id, line)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id and t.status = 'waiting'
returning t.id;

-- name: list_of_batch
select t.id, t.kind, t.subject_id, t.attempt, t.reference, t.amount, t.holder, t.bank, t.last4, t.number_sealed,
  t.created_at, t.batch_id, t.line, t.status, t.told_at, t.reason, t.returned_by, t.paid_by, t.paid_again
from payments.bank_transfers t
where t.shard between 0 and 63 and t.batch_id = $1
order by t.line
limit $2;

-- name: add_batches
insert into payments.bank_batches (id, number, columns, encoding, lines, amount, created_at, created_by)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::timestamptz[],
  $8::uuid[]);

-- name: get_batches
select b.id, b.number, b.columns, b.encoding, b.lines, b.amount, b.created_at, b.created_by
from payments.bank_batches b
where b.id = any ($1::uuid[]);

-- name: list_batches
select b.id, b.number, b.columns, b.encoding, b.lines, b.amount, b.created_at, b.created_by,
  coalesce(p.sent, 0) as sent, coalesce(p.paid, 0) as paid, coalesce(p.rejected, 0) as rejected,
  coalesce(p.returned, 0) as returned
from payments.bank_batches b
left join (
  select t.batch_id, count(*) filter (where t.status = 'sent')::integer as sent,
    count(*) filter (where t.status = 'paid')::integer as paid,
    count(*) filter (where t.status = 'rejected')::integer as rejected,
    count(*) filter (where t.status = 'returned')::integer as returned
  from payments.bank_transfers t
  where t.shard between 0 and 63 and t.batch_id in (
    select n.id from payments.bank_batches n where $1::timestamptz is null or n.created_at < $1
    order by n.created_at desc limit $2)
  group by t.batch_id
) p on p.batch_id = b.id
where $1::timestamptz is null or b.created_at < $1
order by b.created_at desc
limit $2;

-- name: add_payers
insert into payments.bank_payers (shard, payment_id, reference, holder, bank, number_sealed)
select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[])
on conflict do nothing;

-- name: get_payers
select t.payment_id, t.reference, t.holder, t.bank, t.number_sealed
from payments.bank_payers t
where t.shard = any ($1::smallint[]) and (t.payment_id, t.reference) in (select * from unnest($2::uuid[], $3::text[]));
