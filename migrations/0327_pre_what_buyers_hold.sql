-- pre: What a line may be exchanged for is listed in the order of its product; the page of an order says how long its clock has.

create or replace view catalog.public_skus as
select k.shard, k.id, k.product_id, k.shop_id, p.title, p.kind, p.options, k.code, k.choices, k.price, k.compare_at,
  k.weight_grams, coalesce(k.picture, p.pictures -> 0 ->> 'url') as picture,
  p.status = 'listed' and k.status = 'listed' as is_listed, p.delivery, p.presale, p.category_id, k."position"
from catalog.skus k
join catalog.products p on p.shard = k.shard and p.id = k.product_id;

create or replace view orders.public_terms as
select o.shard, o.id, (r.rules ->> 'applications_max')::integer as applications_max, o.address, o.state, o.due_at
from orders.orders o
join orders.rules r on r.version = o.rules_version;
