-- name: lock_stock
-- In id order, so that two batches never wait for each other. The join looks each row up by its key. The shards come once
-- more, each once: an index scan sorts the array that it is given again for every row (20 µs with 500 of them).
select t.sku_id, t.shop_id, t.on_hand, t.held, t.sold, t.shut, t.shelves, t.is_keyed, t.cap
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

-- name: change_shelves
-- The same where some of it lies in several warehouses, with what orders hold where. The rows are locked, and what orders
-- hold changes only behind the lock of the order: what was read is what is there.
with noted as (
  insert into inventory.holds as h (shard, order_id, sku_id, warehouse_id, held, taken)
  select * from unnest($9::smallint[], $10::uuid[], $11::uuid[], $12::uuid[], $13::bigint[], $14::bigint[])
  on conflict (order_id, sku_id, warehouse_id, shard) do update set held = excluded.held, taken = excluded.taken
)
update inventory.stock t
set on_hand = t.on_hand + c.on_hand, held = t.held + c.held, sold = t.sold + c.sold, shut = c.shut, shelves = c.shelves
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::jsonb[])
  as c (shard, sku_id, on_hand, held, sold, shut, shelves)
where t.shard = any ($8::smallint[]) and t.shard = c.shard and t.sku_id = c.sku_id;

-- name: get_holds
-- Of locked orders.
select h.order_id, h.sku_id, h.warehouse_id, h.held, h.taken
from inventory.holds h
where h.shard = any ($1::smallint[]) and h.order_id = any ($2::uuid[])
order by h.order_id, h.sku_id, h.warehouse_id;

-- name: get_order_holds
select h.sku_id, h.warehouse_id, h.held, h.taken
from inventory.holds h
join inventory.stock t on t.shard = h.shard and t.sku_id = h.sku_id
where h.shard = $1 and h.order_id = $2 and t.shop_id = $3
order by h.sku_id, h.warehouse_id;

-- name: get_warehouses
select w.id, w.shop_id, w.name, w.region_code, w.priority, w.is_open
from inventory.warehouses w
where w.shard = any ($1::smallint[]) and w.shop_id = any ($2::uuid[])
order by w.priority, w.id;

-- name: share_warehouses
-- Nobody opens or closes them until the transaction ends.
select w.id, w.shop_id, w.name, w.region_code, w.priority, w.is_open
from inventory.warehouses w
where w.shard = any ($1::smallint[]) and w.shop_id = any ($2::uuid[])
order by w.id
for share;

-- name: lock_warehouses
select w.id, w.shop_id, w.name, w.region_code, w.priority, w.is_open
from inventory.warehouses w
where w.shard = any ($1::smallint[]) and (w.shop_id = any ($2::uuid[]) or w.id = any ($3::uuid[]))
order by w.id
for update;

-- name: add_default_warehouses
-- The row of the warehouse that every shop has: what changes the warehouses of a shop takes turns at it.
insert into inventory.warehouses (shard, id, shop_id, name, created_at, updated_at)
select shard, shop_id, shop_id, $3, $4, $4 from unnest($1::smallint[], $2::uuid[]) as s (shard, shop_id)
order by shop_id
on conflict (id, shard) do nothing;

-- name: save_warehouses
insert into inventory.warehouses as w (shard, id, shop_id, name, region_code, priority, is_open, created_at, updated_at)
select shard, id, shop_id, name, region_code, priority, is_open, $8, $8
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::smallint[], $7::boolean[])
  as n (shard, id, shop_id, name, region_code, priority, is_open)
on conflict (id, shard) do update
set name = excluded.name, region_code = excluded.region_code, priority = excluded.priority, is_open = excluded.is_open,
  updated_at = excluded.updated_at;

-- name: lock_shelves
-- What a warehouse has of anything, in id order as everywhere.
select t.sku_id, t.shop_id, t.on_hand, t.held, t.sold, t.shut, t.shelves, t.is_keyed, t.cap
from inventory.stock t
where t.shard = $1 and t.shop_id = $2 and t.shelves ? $3::text
order by t.sku_id
for no key update of t;

-- name: add_stock
insert into inventory.stock (shard, sku_id, shop_id, is_keyed)
select shard, sku_id, shop_id, is_keyed
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::boolean[]) as a (shard, sku_id, shop_id, is_keyed)
on conflict (sku_id, shard) do nothing;

-- name: cap_stock
-- Rows are locked in id order, as everywhere. What was ordered before the cap does not count, until that is over.
with stock as (
  select t.shard, t.sku_id, t.held + t.sold as ordered, c.quantity, c.until,
    coalesce(case when t.cap_until > $6 then t.cap_from end, t.held + t.sold) as cap_from
  from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::timestamptz[]) as c (shard, sku_id, quantity, until)
  join inventory.stock t on t.shard = c.shard and t.sku_id = c.sku_id
  where t.shard = any ($5::smallint[])
  order by t.sku_id
  for no key update of t)
update inventory.stock t
set cap_from = case when s.quantity is not null then s.cap_from end,
    cap = case when s.quantity is not null then greatest(s.cap_from + s.quantity, s.ordered) end,
    cap_until = case when s.quantity is not null then s.until end
from stock s
where t.shard = any ($5::smallint[]) and t.shard = s.shard and t.sku_id = s.sku_id;

-- name: get_due_caps
select sku_id from inventory.stock where shard between 0 and 63 and cap_until <= $1 order by cap_until limit $2;

-- name: lift_caps
update inventory.stock t set cap = null, cap_from = null, cap_until = null
from unnest($1::smallint[], $2::uuid[]) as c (shard, sku_id)
where t.shard = any ($3::smallint[]) and t.shard = c.shard and t.sku_id = c.sku_id and t.cap_until <= $4;

-- name: get_stock
select t.sku_id, t.shop_id, t.on_hand, t.held, t.sold, t.shut, t.shelves, t.is_keyed, t.cap
from unnest($1::smallint[], $2::uuid[]) as asked (shard, sku_id)
join inventory.stock t on t.shard = asked.shard and t.sku_id = asked.sku_id
where t.shard = any ($3::smallint[])
order by t.sku_id;

-- name: add_changes
insert into inventory.changes
  (shard, id, shop_id, sku_id, warehouse_id, units, on_hand, reason, note, actor_kind, actor_id, at)
select shard, id, shop_id, sku_id, warehouse_id, units, on_hand, reason, note, actor_kind, actor_id, $12
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::bigint[], $8::text[],
  $9::text[], $10::text[], $11::uuid[])
  as c (shard, id, shop_id, sku_id, warehouse_id, units, on_hand, reason, note, actor_kind, actor_id);

-- name: get_changes
select c.id, c.shop_id, c.sku_id, c.warehouse_id, c.units, c.on_hand, c.reason, c.note, c.actor_kind, c.actor_id, c.at
from inventory.changes c
where c.shard = any ($1::smallint[]) and c.id = any ($2::uuid[]);

-- name: list_changes_of_shop
select c.id, c.shop_id, c.sku_id, c.warehouse_id, c.units, c.on_hand, c.reason, c.note, c.actor_kind, c.actor_id, c.at
from inventory.changes c
where c.shard = $1 and c.shop_id = $2 and (c.at, c.id) < ($3, $4)
order by c.at desc, c.id desc
limit $5;

-- name: list_changes_of_sku
select c.id, c.shop_id, c.sku_id, c.warehouse_id, c.units, c.on_hand, c.reason, c.note, c.actor_kind, c.actor_id, c.at
from inventory.changes c
where c.shard = $1 and c.shop_id = $2 and c.sku_id = $6 and (c.at, c.id) < ($3, $4)
order by c.at desc, c.id desc
limit $5;
