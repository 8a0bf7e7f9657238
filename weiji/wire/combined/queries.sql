-- name: lock_combined
-- In id order, so that two batches never wait for each other.
select id, shop_id, mchid, number, kind, lines, total, notify_url, terms, key_id, created_at, expires_at, ended_at,
  is_paid
from wire.combined_orders
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: get_combined
select id, shop_id, mchid, number, kind, lines, total, notify_url, terms, key_id, created_at, expires_at, ended_at,
  is_paid
from wire.combined_orders
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: find_combined_for_payer
-- A combined order with what its payer sees of whose program made it.
select c.id, c.shop_id, c.mchid, c.number, c.kind, c.lines, c.total, c.notify_url, c.terms, c.key_id, c.created_at,
  c.expires_at, c.ended_at, c.is_paid, s.name as shop_name
from wire.combined_orders c
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard = $1 and c.id = $2;

-- name: add_combined
insert into wire.combined_orders (shard, id, shop_id, mchid, number, kind, lines, total, notify_url, terms, key_id,
  created_at, expires_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::jsonb[],
  $8::bigint[], $9::text[], $10::jsonb[], $11::text[], $12::timestamptz[], $13::timestamptz[]);

-- name: end_combined
update wire.combined_orders t
set ended_at = c.ended_at, is_paid = c.is_paid
from unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::boolean[]) as c (shard, id, ended_at, is_paid)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;
