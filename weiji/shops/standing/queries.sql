-- name: get_suspensions
-- Those in force of these shops, and those that are named.
select id, shop_id, stops_sales, stops_withdrawals, reason, suspended_by, suspended_at, until, state, ended_at, appeal,
  appealed_at, judged_by, judged_at, is_granted, judgement
from shops.suspensions
where shard = any ($1::smallint[]) and (id = any ($2::uuid[]) or shop_id = any ($3::uuid[]) and state = 'in_force')
order by suspended_at, id;

-- name: put_suspensions
insert into shops.suspensions
  (shard, id, shop_id, stops_sales, stops_withdrawals, reason, suspended_by, suspended_at, until, state, ended_at, appeal,
   appealed_at, judged_by, judged_at, is_granted, judgement)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::boolean[], $5::boolean[], $6::text[], $7::uuid[],
  $8::timestamptz[], $9::timestamptz[], $10::text[], $11::timestamptz[], $12::text[], $13::timestamptz[], $14::uuid[],
  $15::timestamptz[], $16::boolean[], $17::text[])
on conflict (id, shard) do update
set state = excluded.state, ended_at = excluded.ended_at, appeal = excluded.appeal, appealed_at = excluded.appealed_at,
  judged_by = excluded.judged_by, judged_at = excluded.judged_at, is_granted = excluded.is_granted,
  judgement = excluded.judgement;

-- name: list_suspensions_of_shop
select id, shop_id, stops_sales, stops_withdrawals, reason, suspended_by, suspended_at, until, state, ended_at, appeal,
  appealed_at, judged_by, judged_at, is_granted, judgement
from shops.suspensions
where shard = $1 and shop_id = $2
order by suspended_at desc, id desc
limit $3;

-- name: list_suspensions
-- All, the latest first.
select u.id, u.shop_id, s.name, s.handle, u.stops_sales, u.stops_withdrawals, u.reason, u.suspended_by, u.suspended_at,
  u.until, u.state, u.appealed_at, u.judged_at, u.is_granted
from shops.suspensions u
join shops.shops s on s.shard = u.shard and s.id = u.shop_id
where u.shard between 0 and 63
  and (u.suspended_at, u.id)
    < (coalesce($1, 'infinity'::timestamptz), coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by u.suspended_at desc, u.id desc
limit $3;

-- name: list_appeals
-- What waits for a judgement, the oldest first.
select u.id, u.shop_id, s.name, s.handle, u.stops_sales, u.stops_withdrawals, u.reason, u.suspended_by, u.suspended_at,
  u.until, u.state, u.appealed_at, u.judged_at, u.is_granted
from shops.suspensions u
join shops.shops s on s.shard = u.shard and s.id = u.shop_id
where u.shard between 0 and 63 and u.appealed_at is not null and u.judged_at is null and u.state = 'in_force'
  and (u.appealed_at, u.id)
    > (coalesce($1, '-infinity'::timestamptz), coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid))
order by u.appealed_at, u.id
limit $3;

-- name: find_shops
-- Shops by their address or the beginning of their name, for the operator's staff.
select s.id, s.name, s.handle, p.standing, s.is_withdrawals_suspended, s.created_at
from shops.shops s
join shops.public_shops p on p.shard = s.shard and p.id = s.id
where s.shard between 0 and 63 and ($1 = '' or s.handle = $1 or s.name ilike $2 or s.id::text = $1)
order by s.created_at desc, s.id desc
limit $3;

-- name: get_closing_shops
select id from shops.shops
where shard between 0 and 63 and closing_at is not null and closed_at is null and id > $1
order by id
limit $2;
