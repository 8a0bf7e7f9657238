-- pre: When goods and their SKUs went off sale is kept: what is offered in their place is measured by what they cost. Of what went
-- before, nobody knows when: it is measured by nothing new.
alter table catalog.products add column off_sale_at timestamptz;
alter table catalog.skus add column withdrawn_at timestamptz;

create or replace view catalog.public_price_changes as
select c.shard, c.sku_id, k.product_id, c.version, c.price, c.changed_at, k.choices, k.position, k.status = 'withdrawn' as is_withdrawn,
  k.withdrawn_at
from catalog.price_changes c
join catalog.skus k on k.shard = c.shard and k.id = c.sku_id;

create view catalog.public_sold_texts as
select p.shard, p.id as product_id, p.shop_id, p.title, p.pictures -> 0 ->> 'url' as picture, p.status = 'listed' as is_on_sale,
  p.listed_at, p.off_sale_at
from catalog.products p
where p.listed_at is not null
union all
select f.shard, f.product_id, p.shop_id, f.title, f.pictures -> 0 ->> 'url', false, p.listed_at, p.off_sale_at
from catalog.former_texts f
join catalog.products p on p.shard = f.shard and p.id = f.product_id
where p.status <> 'listed' and p.off_sale_at is not null and f.until_at > p.listed_at;
grant select on catalog.public_sold_texts to weiji_app;
