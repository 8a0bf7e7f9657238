-- name: lock_stock
-- In id order, so that two batches never wait for each other. The join looks each row up by its key. The shards come once
-- more, each once: an index scan sorts the array that it is given again for every row (20 µs with 500 of them).
select t.sku_id, t.shop_id, t.on_hand, t.held, t.sold, t.is_keyed
from unnest($1::smallint[], $2::uuid[]) as asked (shard, sku_id)
join inventory.stock t on t.shard = asked.shard and t.sku_id = asked.sku_id
where t.shard = any ($3::smallint[])
order by t.sku_id
for no key update of t;

-- name: change_stock
update inventory.stock t
set on_hand = t.on_hand + c.on_hand, held = t.held + c.held, sold = t.sold + c.sold
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[]) as c (shard, sku_id, on_hand, held, sold)
where t.shard = any ($6::smallint[]) and t.shard = c.shard and t.sku_id = c.sku_id;

-- name: add_stock
insert into inventory.stock (shard, sku_id, shop_id, is_keyed)
select shard, sku_id, shop_id, is_keyed
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::boolean[]) as a (shard, sku_id, shop_id, is_keyed)
on conflict (sku_id, shard) do nothing;

-- name: get_stock
select t.sku_id, t.shop_id, t.on_hand, t.held, t.sold, t.is_keyed
from unnest($1::smallint[], $2::uuid[]) as asked (shard, sku_id)
join inventory.stock t on t.shard = asked.shard and t.sku_id = asked.sku_id
where t.shard = any ($3::smallint[])
order by t.sku_id;
