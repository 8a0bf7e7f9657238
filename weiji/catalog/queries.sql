-- name: lock_products
-- In id order, so that two batches never wait for each other.
select p.id, p.shop_id, p.title, p.status, p.content_hash, p.version, p.listed_at
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join catalog.products p on p.shard = asked.shard and p.id = asked.id
where p.shard = any ($1::smallint[])
order by p.id
for no key update of p;

-- name: get_names
-- Which product has a handle in its shop, and which has a SKU.
select p.shop_id, p.handle, null::uuid as sku_id, p.id as product_id
from unnest($1::smallint[], $2::uuid[], $3::text[]) as asked (shard, shop_id, handle)
join catalog.products p on p.shard = asked.shard and p.shop_id = asked.shop_id and p.handle = asked.handle
where p.shard = any ($1::smallint[])
union all
select null, null, k.id, k.product_id
from unnest($4::smallint[], $5::uuid[]) as asked (shard, id)
join catalog.skus k on k.shard = asked.shard and k.id = asked.id
where k.shard = any ($4::smallint[]);

-- name: save_products
-- The handle, the status and when it was listed are not the save's to change.
insert into catalog.products as p (shard, id, shop_id, handle, title, description_html, vendor, kind, tags, options,
  pictures, status, extra, price_min, price_max, content_hash, version, created_at, updated_at, listed_at)
select n.shard, n.id, n.shop_id, n.handle, n.title, n.description_html, n.vendor, n.kind,
  array(select jsonb_array_elements_text(n.tags)), n.options, n.pictures, n.status, n.extra, n.price_min, n.price_max,
  n.content_hash, n.version, $18::timestamptz, $18::timestamptz, case when n.status = 'listed' then $18::timestamptz end
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::jsonb[], $10::jsonb[], $11::jsonb[], $12::text[], $13::jsonb[], $14::bigint[], $15::bigint[],
            $16::bytea[], $17::integer[])
  as n (shard, id, shop_id, handle, title, description_html, vendor, kind, tags, options, pictures, status, extra,
        price_min, price_max, content_hash, version)
on conflict (id, shard) do update
set title = excluded.title, description_html = excluded.description_html, vendor = excluded.vendor,
    kind = excluded.kind, tags = excluded.tags, options = excluded.options, pictures = excluded.pictures,
    extra = excluded.extra, price_min = excluded.price_min, price_max = excluded.price_max,
    content_hash = excluded.content_hash, version = excluded.version, updated_at = excluded.updated_at;

-- name: withdraw_skus
-- Before the SKUs are written, so that two of them may swap their choices.
update catalog.skus k set status = 'withdrawn'
from unnest($1::smallint[], $2::uuid[]) as p (shard, id)
where k.shard = any ($1::smallint[]) and k.shard = p.shard and k.product_id = p.id and k.status = 'listed';

-- name: save_skus
insert into catalog.skus (shard, id, product_id, shop_id, code, barcode, choices, price, compare_at, weight_grams,
  picture, position, status)
select n.shard, n.id, n.product_id, n.shop_id, n.code, n.barcode, array(select jsonb_array_elements_text(n.choices)),
  n.price, n.compare_at, n.weight_grams, n.picture, n.position, n.status
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::jsonb[], $8::bigint[],
            $9::bigint[], $10::integer[], $11::text[], $12::smallint[], $13::text[])
  as n (shard, id, product_id, shop_id, code, barcode, choices, price, compare_at, weight_grams, picture, position,
        status)
on conflict (id, shard) do update
set code = excluded.code, barcode = excluded.barcode, choices = excluded.choices, price = excluded.price,
    compare_at = excluded.compare_at, weight_grams = excluded.weight_grams, picture = excluded.picture,
    position = excluded.position, status = excluded.status;

-- name: set_states
update catalog.products p set status = c.status, listed_at = c.listed_at
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[]) as c (shard, id, status, listed_at)
where p.shard = any ($1::smallint[]) and p.shard = c.shard and p.id = c.id;

-- name: get_skus_for_sale
select k.id as sku_id, k.product_id, k.shop_id, s.name as shop_name, s.handle as shop_handle,
  s.owner_id as shop_owner_id, k.title, k.kind, k.options, k.choices, k.code, k.price, k.weight_grams, k.picture,
  k.is_listed and s.status = 'open' as is_listed, t.available
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join catalog.public_skus k on k.shard = asked.shard and k.id = asked.id
join shops.public_shops s on s.shard = k.shard and s.id = k.shop_id
join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
where k.shard = any ($3::smallint[]);

-- name: get_products
-- Whole products: for a page of one, for editing, for the API. Listed SKUs only; sales of the withdrawn count, too.
select p.id, p.shop_id, p.handle, p.title, p.description_html, p.vendor, p.kind, p.tags, p.options, p.pictures,
  p.status as state, p.extra, p.price_min, p.price_max, p.version, p.created_at, p.updated_at,
  s.handle as shop_handle, s.name as shop_name, s.story as shop_story, s.colour as shop_colour,
  s.status as shop_status,
  (select coalesce(sum(t.sold), 0)::bigint from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
   where k.shard = p.shard and k.product_id = p.id) as sold,
  (select jsonb_agg(jsonb_build_object('id', k.id, 'code', k.code, 'barcode', k.barcode, 'choices', k.choices,
     'price', k.price, 'compare_at', k.compare_at, 'weight_grams', k.weight_grams, 'picture', k.picture,
     'on_hand', t.on_hand, 'held', t.held, 'sold', t.sold) order by k.position)
   from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
   where k.shard = p.shard and k.product_id = p.id and k.status = 'listed') as skus
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join catalog.products p on p.shard = asked.shard and p.id = asked.id
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
where p.shard = any ($1::smallint[])
order by p.id;

-- name: get_home_newest
select p.id, p.shop_id, s.name as shop_name, s.handle as shop_handle, p.title, p.kind,
  p.pictures -> 0 ->> 'url' as picture, p.price_min, p.price_max, p.sold, p.listed_at as at,
  not exists (
    select from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
    where k.shard = p.shard and k.product_id = p.id and k.status = 'listed' and t.available > 0) as is_sold_out
from catalog.products p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id and s.status = 'open'
where p.shard between 0 and 63 and p.status = 'listed'
  and (p.listed_at, p.id)
    < (coalesce($1, 'infinity'::timestamptz), coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by p.listed_at desc, p.id desc
limit $3;

-- name: get_home_best_sold
select p.id, p.shop_id, s.name as shop_name, s.handle as shop_handle, p.title, p.kind,
  p.pictures -> 0 ->> 'url' as picture, p.price_min, p.price_max, p.sold,
  not exists (
    select from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
    where k.shard = p.shard and k.product_id = p.id and k.status = 'listed' and t.available > 0) as is_sold_out
from catalog.products p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id and s.status = 'open'
where p.shard between 0 and 63 and p.status = 'listed'
  and (p.sold, p.id) < (coalesce($1, 9223372036854775807), coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by p.sold desc, p.id desc
limit $3;

-- name: get_shop_page
-- One row for the shop, whether or not it has anything listed.
select s.id, s.handle, s.name, s.story, s.colour, s.status,
  (select jsonb_agg(to_jsonb(c) order by c.at desc, c.id desc)
   from (
     select p.id, p.shop_id, s.name as shop_name, s.handle as shop_handle, p.title, p.kind,
       p.pictures -> 0 ->> 'url' as picture, p.price_min, p.price_max, p.sold, p.created_at as at,
       not exists (
         select from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
         where k.shard = p.shard and k.product_id = p.id and k.status = 'listed' and t.available > 0) as is_sold_out
     from catalog.products p
     where p.shard = s.shard and p.shop_id = s.id and p.status = 'listed'
       and (p.created_at, p.id)
         < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
     order by p.created_at desc, p.id desc
     limit $5) c) as products
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: get_goods
select p.id, p.handle, p.title, p.kind, p.pictures -> 0 ->> 'url' as picture, p.status as state, p.price_min,
  p.price_max, p.sold, p.version, p.updated_at, p.created_at as at, t.skus, t.on_hand, t.held
from (
  select * from catalog.products
  where shard = $1 and shop_id = $2 and ($3::text is null or status = $3)
    and (created_at, id)
      < (coalesce($4, 'infinity'::timestamptz), coalesce($5, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
  order by created_at desc, id desc
  limit $6) p
cross join lateral (
  select count(*) as skus, coalesce(sum(t.on_hand), 0)::bigint as on_hand, coalesce(sum(t.held), 0)::bigint as held
  from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
  where k.shard = $1 and k.product_id = p.id and k.status = 'listed') t
order by p.created_at desc, p.id desc;

-- name: get_uncounted_sales
-- Products whose figure of sales is not what their stock says.
select p.shard, p.id, s.sold
from (
  select k.shard, k.product_id, sum(t.sold)::bigint as sold
  from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
  where k.shard between 0 and 63
  group by k.shard, k.product_id) s
join catalog.products p on p.shard = s.shard and p.id = s.product_id
where p.shard between 0 and 63 and p.sold <> s.sold
order by p.id
limit $1;

-- name: count_sales
update catalog.products p set sold = c.sold
from unnest($1::smallint[], $2::uuid[], $3::bigint[]) as c (shard, id, sold)
where p.shard = any ($1::smallint[]) and p.shard = c.shard and p.id = c.id;
