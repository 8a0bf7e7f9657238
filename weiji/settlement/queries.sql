-- name: lock_schedules
select shop_id, every, day, minimum, account_id, next_at, last_at, last_outcome, last_amount
from settlement.schedules
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[])
order by shop_id
for no key update;

-- name: get_schedule
select shop_id, every, day, minimum, account_id, next_at, last_at, last_outcome, last_amount
from settlement.schedules
where shard = $1 and shop_id = $2;

-- name: get_schedule_of_shop
-- A shop, and when it is paid out, for a page.
select p.id, p.handle, p.name, p.status, p.created_at,
  s.every, s.day, s.minimum, s.account_id, s.next_at, s.last_at, s.last_outcome, s.last_amount
from shops.public_shops p
left join settlement.schedules s on s.shard = p.shard and s.shop_id = p.id
where p.shard = $1 and p.id = $2;

-- name: put_schedules
insert into settlement.schedules (shard, shop_id, every, day, minimum, account_id, next_at, changed_at)
select shard, shop_id, every, day, minimum, account_id, next_at, $8
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::smallint[], $5::bigint[], $6::uuid[], $7::timestamptz[])
  as s (shard, shop_id, every, day, minimum, account_id, next_at)
order by shop_id
on conflict (shop_id, shard) do update
set every = excluded.every, day = excluded.day, minimum = excluded.minimum, account_id = excluded.account_id,
  next_at = excluded.next_at, changed_at = excluded.changed_at;

-- name: get_due
-- Schedules whose time has come, and whether their shops may withdraw.
select s.shop_id, s.every, s.day, s.minimum, s.account_id, s.next_at, s.last_at, s.last_outcome, s.last_amount,
  coalesce(p.may_withdraw and not p.is_withdrawals_suspended, false) as may_withdraw
from settlement.schedules s
left join shops.public_shops p on p.shard = s.shard and p.id = s.shop_id
where s.shard between 0 and 63 and s.next_at <= $1
order by s.next_at
limit $2;

-- name: note_runs
-- A schedule that was changed meanwhile keeps its new time.
update settlement.schedules s
set next_at = case when s.next_at = r.was_due_at then r.next_at else s.next_at end,
  last_at = $7, last_outcome = r.outcome, last_amount = r.amount
from unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::bigint[])
  as r (shard, shop_id, was_due_at, next_at, outcome, amount)
where s.shard = any ($8::smallint[]) and s.shard = r.shard and s.shop_id = r.shop_id;

-- name: get_numbers
-- By which numbers a shop knows orders: ours, or, of a program's, the program's own.
select id, number from orders.public_orders where shard = any ($1::smallint[]) and id = any ($2::uuid[])
union all
select id, number from wire.public_numbers where shard = any ($1::smallint[]) and id = any ($2::uuid[]);
