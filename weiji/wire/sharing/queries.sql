-- name: put_receivers
insert into wire.receivers (shard, mchid, account, relation_type, created_at, removed_at)
select r.shard, r.mchid, r.account, r.relation_type, $6, case when r.is_removed then $6::timestamptz end
from unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::boolean[])
  as r (shard, mchid, account, relation_type, is_removed)
order by r.mchid, r.account
on conflict (mchid, account, shard) do update
set relation_type = excluded.relation_type, removed_at = excluded.removed_at;

-- name: get_receivers
select mchid, account
from wire.receivers
where shard = any ($1::smallint[]) and mchid = any ($2::text[]) and account = any ($3::text[]) and removed_at is null;

-- name: get_splits
select id, order_id, caller_mchid, number, amount, unfreezes, released, description, created_at
from wire.splits
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: get_parts
select split_id, place, mchid, shop_id, amount, type, returned, description
from wire.split_parts
where shard = any ($1::smallint[]) and split_id = any ($2::uuid[])
order by split_id, place;

-- name: add_splits
insert into wire.splits (shard, id, order_id, caller_mchid, number, amount, unfreezes, released, description, created_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::boolean[],
  $8::bigint[], $9::text[], $10::timestamptz[]);

-- name: add_parts
insert into wire.split_parts (shard, split_id, place, mchid, shop_id, amount, description, type)
select * from unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::text[], $5::uuid[], $6::bigint[], $7::text[],
  $8::text[]);

-- name: change_parts
update wire.split_parts t
set returned = c.returned
from unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::bigint[]) as c (shard, split_id, place, returned)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.split_id = c.split_id and t.place = c.place;

-- name: get_returns
select id, split_id, order_id, place, caller_mchid, number, mchid, amount, description, state, created_at, ended_at
from wire.split_returns
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: add_returns
insert into wire.split_returns (shard, id, split_id, order_id, place, caller_mchid, number, mchid, amount, description,
  state, created_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::text[], $7::text[],
  $8::text[], $9::bigint[], $10::text[], $11::text[], $12::timestamptz[]);

-- name: end_returns
update wire.split_returns t
set state = c.state, ended_at = c.ended_at
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[]) as c (shard, id, state, ended_at)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: list_splits
-- What was shared of a merchant's orders after some split ($3, $5), until some time.
select s.id
from wire.splits s
join wire.merchant_orders o on o.shard = s.shard and o.id = s.order_id
where s.shard = $1 and o.mchid = $2 and (s.created_at, s.id) > ($3, $5) and s.created_at < $4 and s.amount > 0
order by s.created_at, s.id
limit $6;

-- name: list_returns
-- What receivers were asked to give back of a merchant's orders after some return ($3, $5), until some time.
select r.id, r.split_id, r.order_id, r.place, r.caller_mchid, r.number, r.mchid, r.amount, r.description, r.state,
  r.created_at, r.ended_at
from wire.split_returns r
join wire.merchant_orders o on o.shard = r.shard and o.id = r.order_id
where r.shard = $1 and o.mchid = $2 and (r.created_at, r.id) > ($3, $5) and r.created_at < $4
order by r.created_at, r.id
limit $6;
