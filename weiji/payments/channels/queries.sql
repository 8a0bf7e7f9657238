-- name: sandbox_add_charges
insert into sandbox.charges (shard, id, amount, status, notices, delay, refunds, is_silent, created_at)
select c.shard, c.id, c.amount, $4, 1, interval '0', 'succeed', false, $5
from unnest($1::smallint[], $2::uuid[], $3::bigint[]) as c (shard, id, amount)
on conflict (id, shard) do nothing;

-- name: sandbox_get_charges
select t.id, t.amount, t.status, t.notices, t.delay, t.refunds, t.is_silent, t.created_at
from sandbox.charges t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[]);

-- name: sandbox_lock_charges
select t.id, t.amount, t.status, t.notices, t.delay, t.refunds, t.is_silent, t.created_at
from sandbox.charges t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[])
order by t.id
for no key update;

-- name: sandbox_change_charges
update sandbox.charges t set status = c.status
from unnest($1::smallint[], $2::uuid[], $3::text[]) as c (shard, id, status)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: sandbox_close_charges
-- One that was paid, but is not told of yet, stays paid: it will succeed late.
update sandbox.charges t set status = 'closed'
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[]) and t.status in ('open', 'failed') and not t.is_silent;

-- name: sandbox_set_faults
update sandbox.charges t set notices = c.notices, delay = c.delay, refunds = c.refunds, is_silent = c.is_silent
from unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::interval[], $5::text[], $6::boolean[])
  as c (shard, id, notices, delay, refunds, is_silent)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id
returning t.id;

-- name: sandbox_add_transactions
insert into sandbox.transactions (shard, reference, charge_id, amount, paid_at, told_at)
select * from unnest($1::smallint[], $2::text[], $3::uuid[], $4::bigint[], $5::timestamptz[], $6::timestamptz[]);

-- name: sandbox_get_transactions
select t.charge_id, t.reference, t.amount, t.paid_at
from sandbox.transactions t
where t.shard = any ($1::smallint[]) and t.charge_id = any ($2::uuid[]) and t.told_at <= $3
order by t.paid_at, t.reference;

-- name: sandbox_add_refunds
insert into sandbox.refunds (shard, id, charge_id, amount, status, created_at, ended_at)
select r.shard, r.id, r.charge_id, r.amount, r.status, $6, case when r.status <> 'waiting' then $6::timestamptz end
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[]) as r (shard, id, charge_id, amount, status)
order by r.id
on conflict (id, shard) do nothing
returning id;

-- name: sandbox_mend_refunds
-- What was refused, or waits, may succeed when it is asked for once more.
update sandbox.refunds t set status = 'succeeded', ended_at = $3
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[]) and t.status <> 'succeeded';

-- name: sandbox_get_refunds
select t.id, t.amount, t.status from sandbox.refunds t where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[]);

-- name: sandbox_lock_refunds
select t.id, t.amount, t.status
from sandbox.refunds t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[])
order by t.id
for no key update;

-- name: sandbox_end_refunds
update sandbox.refunds t set status = c.status, ended_at = $4
from unnest($1::smallint[], $2::uuid[], $3::text[]) as c (shard, id, status)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: sandbox_add_payouts
insert into sandbox.payouts (shard, id, amount, last4, status, created_at, paid_at, returned_at)
select p.shard, p.id, p.amount, p.last4, p.status, $6, case when p.status = 'paid' then $6::timestamptz end,
  case when p.last4 = $7 then $8::timestamptz end
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::text[], $5::text[]) as p (shard, id, amount, last4, status)
order by p.id
on conflict (id, shard) do nothing
returning id;

-- name: sandbox_get_payouts
select t.id, t.amount, t.status from sandbox.payouts t where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[]);

-- name: sandbox_lock_payouts
select t.id, t.amount, t.status
from sandbox.payouts t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[])
order by t.id
for no key update;

-- name: sandbox_change_payouts
update sandbox.payouts t
set status = c.status, paid_at = case when c.status = 'paid' then $4 else t.paid_at end,
  returned_at = case when c.status = 'returned' then $4 else t.returned_at end
from unnest($1::smallint[], $2::uuid[], $3::text[]) as c (shard, id, status)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: sandbox_add_notices
insert into sandbox.notices (shard, id, due_at, body)
select * from unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::bytea[]);

-- name: sandbox_get_due_notices
select t.id, t.body
from sandbox.notices t
where t.shard = any ($1::smallint[]) and t.due_at <= $2
order by t.due_at, t.id
limit $3;

-- name: sandbox_forget_notices
delete from sandbox.notices t where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[]);

-- name: sandbox_get_unsettled_transactions
select t.shard, t.reference, t.amount
from sandbox.transactions t
where t.shard between 0 and 63 and t.settled_at is null and t.told_at < $1
order by t.told_at
limit $2;

-- name: sandbox_get_unsettled_refunds
select t.shard, t.id, t.amount
from sandbox.refunds t
where t.shard between 0 and 63 and t.status = 'succeeded' and t.settled_at is null and t.ended_at < $1
order by t.ended_at
limit $2;

-- name: sandbox_get_chargebacks
select t.charge_id, t.amount, t.status, t.raised_at, t.ended_at
from sandbox.chargebacks t
where t.shard = any ($1::smallint[]) and t.charge_id = any ($2::uuid[]);

-- name: sandbox_put_chargebacks
insert into sandbox.chargebacks (shard, charge_id, amount, status, raised_at, ended_at, fee)
select c.shard, c.charge_id, c.amount, c.status, c.raised_at, c.ended_at, $7
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[])
  as c (shard, charge_id, amount, status, raised_at, ended_at)
on conflict (charge_id, shard) do update set status = excluded.status, ended_at = excluded.ended_at;

-- name: sandbox_get_unsettled_chargebacks
-- What was taken back, with its fee; and what was given again, less than 0.
select * from (
  select t.shard, t.charge_id, t.amount + t.fee as amount, false as is_back
  from sandbox.chargebacks t where t.shard between 0 and 63 and t.settled_at is null and t.raised_at < $1
  union all
  select t.shard, t.charge_id, -t.amount, true
  from sandbox.chargebacks t
  where t.shard between 0 and 63 and t.status = 'won' and t.returned_at is null and t.ended_at < $1
) as disputed
limit $2;

-- name: sandbox_settle_chargebacks
update sandbox.chargebacks t
set settled_at = case when $3 then t.settled_at else $4 end, returned_at = case when $3 then $4 else t.returned_at end
where t.shard = any ($1::smallint[]) and t.charge_id = any ($2::uuid[]);

-- name: sandbox_add_settlement
insert into sandbox.settlements (shard, id, amount, fee, settled_at) values ($1, $2, $3, $4, $5);

-- name: sandbox_read_statement
-- What acquirer and bank did in a day.
select 'charge' as kind, t.reference, t.charge_id as request_id, t.amount, 0::bigint as fee, t.paid_at as at
from sandbox.transactions t where t.shard between 0 and 63 and t.paid_at >= $1 and t.paid_at < $2
union all
select 'refund', replace(r.id::text, '-', ''), r.id, r.amount, 0, r.ended_at
from sandbox.refunds r where r.shard between 0 and 63 and r.status = 'succeeded' and r.ended_at >= $1 and r.ended_at < $2
union all
select 'settlement', replace(s.id::text, '-', ''), null, s.amount, s.fee, s.settled_at
from sandbox.settlements s where s.shard between 0 and 63 and s.settled_at >= $1 and s.settled_at < $2
union all
select 'chargeback', 'CB' || replace(k.charge_id::text, '-', ''), k.charge_id, k.amount, k.fee, k.raised_at
from sandbox.chargebacks k where k.shard between 0 and 63 and k.raised_at >= $1 and k.raised_at < $2
union all
select 'chargeback_reversal', 'CB' || replace(k.charge_id::text, '-', ''), k.charge_id, k.amount, 0, k.ended_at
from sandbox.chargebacks k where k.shard between 0 and 63 and k.status = 'won' and k.ended_at >= $1 and k.ended_at < $2
union all
select 'payout', replace(p.id::text, '-', ''), p.id, p.amount, least($3::bigint, p.amount), p.paid_at
from sandbox.payouts p where p.shard between 0 and 63 and p.paid_at >= $1 and p.paid_at < $2
union all
select 'payout_return', replace(p.id::text, '-', ''), p.id, p.amount, 0, p.returned_at
from sandbox.payouts p where p.shard between 0 and 63 and p.returned_at >= $1 and p.returned_at < $2;

-- name: sandbox_settle_transactions
update sandbox.transactions t set settled_at = $3
from unnest($1::smallint[], $2::text[]) as s (shard, reference)
where t.shard = any ($1::smallint[]) and t.shard = s.shard and t.reference = s.reference;

-- name: sandbox_settle_refunds
update sandbox.refunds t set settled_at = $3
from unnest($1::smallint[], $2::uuid[]) as s (shard, id)
where t.shard = any ($1::smallint[]) and t.shard = s.shard and t.id = s.id;
