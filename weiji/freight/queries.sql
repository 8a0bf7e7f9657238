-- name: add_shops
-- Only of shops that there are.
insert into freight.shops (shard, shop_id)
select s.shard, s.id from shops.public_shops s
where s.shard = any ($1::smallint[]) and s.id = any ($2::uuid[])
order by s.id
on conflict do nothing;

-- name: lock_shops
-- A statement of its own, in id order: what is read after it sees what the last holder of the locks committed.
select shop_id from freight.shops
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[])
order by shop_id
for update;

-- name: get_templates
select id, shop_id, name, method, zones, excluded, is_default
from freight.templates
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[])
order by is_default desc, id
limit $3;

-- name: find_templates
-- Whose ids are.
select id, shop_id from freight.templates where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: put_templates
insert into freight.templates (shard, id, shop_id, name, method, zones, excluded, is_default, updated_at)
select t.shard, t.id, t.shop_id, t.name, t.method, t.zones, array(select jsonb_array_elements_text(t.excluded)),
  t.is_default, $9
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::boolean[])
  as t (shard, id, shop_id, name, method, zones, excluded, is_default)
on conflict (id, shard) do update set name = excluded.name, method = excluded.method, zones = excluded.zones,
  excluded = excluded.excluded, is_default = excluded.is_default, updated_at = excluded.updated_at
where freight.templates.shop_id = excluded.shop_id;

-- name: clear_defaults
-- Before another is made the default: at no moment are there two.
update freight.templates set is_default = false
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and is_default;

-- name: remove_templates
delete from freight.templates where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: free_products
delete from freight.products where shard = any ($1::smallint[]) and template_id = any ($2::uuid[]);

-- name: assign_templates
insert into freight.products (shard, product_id, shop_id, template_id)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[])
on conflict (product_id, shop_id, shard) do update set template_id = excluded.template_id;

-- name: unassign_templates
delete from freight.products p
using unnest($1::smallint[], $2::uuid[], $3::uuid[]) as u (shard, product_id, shop_id)
where p.shard = any ($1::smallint[]) and p.shard = u.shard and p.product_id = u.product_id and p.shop_id = u.shop_id;

-- name: get_assignments
-- How the freight of products is found, where it is said: a template, or none, where it is free.
select p.product_id, p.template_id, coalesce(t.name, '') as name
from freight.products p
left join freight.templates t on t.shard = p.shard and t.id = p.template_id
where p.shard = $1 and p.shop_id = $2 and p.product_id = any ($3::uuid[]);

-- name: get_assignment
-- How the freight of one product is found: whether it is said, and the template that counts.
select p.product_id is not null as is_said, p.template_id,
  t.id, t.shop_id, t.name, t.method, t.zones, t.excluded, t.is_default
from (values ($1::smallint, $2::uuid, $3::uuid)) as asked (shard, shop_id, product_id)
left join freight.products p on p.shard = asked.shard and p.product_id = asked.product_id and p.shop_id = asked.shop_id
left join freight.templates t on t.shard = asked.shard and t.shop_id = asked.shop_id
  and case when p.product_id is null then t.is_default else t.id = p.template_id end;
