-- name: lock_court_orders
-- These, and those in force about the same accounts, or about accounts that are named: they are served in turn, and one of
-- them keeps the account frozen. In id order, so that two batches never wait for each other.
select o.id, o.owner_id, o.place, o.amount, o.court, o.number, o.taken, o.executed, o.released, o.takes, o.freezes,
  o.is_freezing, o.obeyed_at, o.ended_at, o.release_number
from court_orders.court_orders o
where o.shard = any ($1::smallint[]) and (o.id = any ($2::uuid[]) or o.ended_at is null and (o.account_id = any ($3::uuid[])
  or exists (select from court_orders.court_orders w
    where w.shard = o.shard and w.account_id = o.account_id and w.id = any ($2::uuid[]))))
order by o.id
for no key update of o;

-- name: add_court_orders
insert into court_orders.court_orders (shard, id, owner_id, place, amount, court, number, taken, takes, obeyed_at,
  freezes, is_freezing, account_id, number_key)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bigint[],
  $9::integer[], $10::timestamptz[], $11::integer[], $12::boolean[], $13::uuid[], $14::text[]);

-- name: change_court_orders
update court_orders.court_orders o
set taken = c.taken, executed = c.executed, released = c.released, takes = c.takes, ended_at = c.ended_at,
  release_number = c.release_number, freezes = c.freezes, is_freezing = c.is_freezing
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[], $7::timestamptz[], $8::text[],
  $9::integer[], $10::boolean[])
  as c (shard, id, taken, executed, released, takes, ended_at, release_number, freezes, is_freezing)
where o.shard = any ($1::smallint[]) and o.shard = c.shard and o.id = c.id;

-- name: get_executions
select id from court_orders.executions where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: find_in_force
select owner_id, place, number from court_orders.court_orders
where shard = any ($1::smallint[]) and account_id = any ($2::uuid[]) and ended_at is null;

-- name: get_notices
-- By which notices money was paid that these orders hold.
select court_order_id, number from court_orders.executions where shard = any ($1::smallint[]) and court_order_id = any ($2::uuid[]);

-- name: add_executions
insert into court_orders.executions (shard, id, court_order_id, amount, number, way, executed_at)
select e.shard, e.id, e.court_order_id, e.amount, e.number, e.way, $7
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[])
  as e (shard, id, court_order_id, amount, number, way);

-- name: get_court_order
select o.id, o.owner_id, o.place, o.amount, o.court, o.number, o.taken, o.executed, o.released, o.takes, o.freezes,
  o.is_freezing, o.obeyed_at, o.ended_at, o.release_number, s.name as shop
from court_orders.court_orders o
left join shops.public_shops s on s.shard = o.shard and s.id = o.owner_id
where o.shard = $1 and o.id = $2;

-- name: get_owners
select id, owner_id from court_orders.court_orders where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: list_executions
select id, amount, number, way, executed_at
from court_orders.executions
where shard = $1 and court_order_id = $2
order by executed_at, id
limit $3;

-- name: list_court_orders
select o.id, o.owner_id, o.place, o.amount, o.court, o.number, o.taken, o.executed, o.released, o.takes, o.freezes,
  o.is_freezing, o.obeyed_at, o.ended_at, o.release_number, s.name as shop
from court_orders.court_orders o
left join shops.public_shops s on s.shard = o.shard and s.id = o.owner_id
where o.shard between 0 and 63 and (o.ended_at is not null) = $1 and ($2::uuid is null or o.id < $2)
order by o.id desc
limit $3;

-- name: list_of_owner
select id, owner_id, place, amount, court, number, taken, executed, released, takes, freezes, is_freezing, obeyed_at,
  ended_at, release_number
from court_orders.court_orders
where shard = $1 and owner_id = $2
order by id desc
limit $3;

-- name: get_due
-- Those few that lack something while the account that they are about has something, or is not frozen yet, the first first.
select o.id
from court_orders.court_orders o
join ledger.public_accounts a on a.shard = o.shard and a.id = o.account_id
where o.shard between 0 and 63 and o.ended_at is null and (o.amount is null or o.taken < o.amount)
  and (a.credits_posted - a.debits_posted - a.debits_pending > 0
    or not exists (select from court_orders.court_orders f
      where f.shard = o.shard and f.account_id = o.account_id and f.is_freezing))
order by o.obeyed_at, o.id
limit $1;
