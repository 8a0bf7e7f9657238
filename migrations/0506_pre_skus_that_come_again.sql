-- pre: Since when a SKU has been what it is: one that comes again under another name, or after less than a day, is a new one. Of those
-- that were there before nobody knows it: they are as old as their first price.
alter table catalog.skus add column came_at timestamptz;

create or replace view catalog.public_price_changes as
select c.shard, c.sku_id, k.product_id, c.version, c.price, c.changed_at, k.choices, k.position, k.status = 'withdrawn' as is_withdrawn,
  k.withdrawn_at, k.came_at
from catalog.price_changes c
join catalog.skus k on k.shard = c.shard and k.id = c.sku_id;
