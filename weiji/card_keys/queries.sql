-- name: find_doubles
select k.shop_id, k.blind_index
from unnest($1::smallint[], $2::uuid[], $3::bytea[]) as asked (shard, shop_id, blind_index)
join card_keys.keys k on k.shard = asked.shard and k.shop_id = asked.shop_id and k.blind_index = asked.blind_index
where k.shard = any ($4::smallint[]);

-- name: add_keys
-- In the order of the indexes: two uploads with the same keys for different SKUs wait for each other, and never in a circle.
-- The later one then breaks the constraint, is tried again whole, and finds the doubles.
insert into card_keys.keys (shard, id, shop_id, sku_id, sealed, tail, blind_index, stored_at)
select n.shard, n.id, n.shop_id, n.sku_id, n.sealed, n.tail, n.blind_index, $8
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::text[], $7::bytea[])
  as n (shard, id, shop_id, sku_id, sealed, tail, blind_index)
order by n.blind_index;

-- name: find_keys
select id, shop_id, sku_id, order_id is not null as is_handed_out
from card_keys.keys
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: delete_keys
delete from card_keys.keys where shard = any ($1::smallint[]) and id = any ($2::uuid[]) and order_id is null;

-- name: pick_keys
-- Nobody else picks of these: their stock is locked.
select w.sku_id, array(
  select k.id from card_keys.keys k
  where k.shard = any ($1::smallint[]) and k.shard = w.shard and k.sku_id = w.sku_id and k.order_id is null
  order by k.stored_at, k.id
  limit w.quantity) as ids
from unnest($1::smallint[], $2::uuid[], $3::bigint[]) as w (shard, sku_id, quantity);

-- name: give_keys
update card_keys.keys k set order_id = g.order_id, line = g.line, handed_out_at = $5
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::smallint[]) as g (shard, id, order_id, line)
where k.shard = any ($6::smallint[]) and k.shard = g.shard and k.id = g.id;

-- name: count_keys
select order_id, sku_id, count(*) as keys
from card_keys.keys
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[])
group by order_id, sku_id
order by order_id, sku_id;

-- name: take_keys_back
update card_keys.keys set order_id = null, line = null, handed_out_at = null
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[]);

-- name: get_keys_of_orders
select id, order_id, line, sealed
from card_keys.keys
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[])
order by order_id, line, stored_at, id;

-- name: get_keys_of_sku
select id, sku_id, tail, stored_at, order_id, handed_out_at
from card_keys.keys
where shard = $1 and sku_id = $2
  and (stored_at, id)
    < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by stored_at desc, id desc
limit $5;
