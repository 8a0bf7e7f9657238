-- pre: Changes of prices tell which SKU they are of: what one costs that took another's place is measured by what that cost.
create or replace view catalog.public_price_changes as
select c.shard, c.sku_id, k.product_id, c.version, c.price, c.changed_at, k.choices, k.position, k.status = 'withdrawn' as is_withdrawn
from catalog.price_changes c
join catalog.skus k on k.shard = c.shard and k.id = c.sku_id;
