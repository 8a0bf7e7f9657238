-- name: lock_products
-- In id order, so that two batches never wait for each other.
select p.id, p.shop_id, p.title, p.status, p.content_hash, p.version, p.listed_at, p.delivery, p.category_id, p.list_at, p.withdraw_at,
  p.taken_down_from, p.penalty_id, p.taking_reason, p.presale is not null as is_presold, p.price_min = 0 as is_unpriced
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join catalog.products p on p.shard = asked.shard and p.id = asked.id
where p.shard = any ($1::smallint[])
order by p.id
for no key update of p;

-- name: get_names
-- Which product has a handle in its shop, and which has a SKU.
select p.shop_id, p.handle, null::uuid as sku_id, p.id as product_id, null::bigint as price,
  null::bigint as compare_at
from unnest($1::smallint[], $2::uuid[], $3::text[]) as asked (shard, shop_id, handle)
join catalog.products p on p.shard = asked.shard and p.shop_id = asked.shop_id and p.handle = asked.handle
where p.shard = any ($1::smallint[])
union all
select null, null, k.id, k.product_id, k.price, k.compare_at
from unnest($4::smallint[], $5::uuid[]) as asked (shard, id)
join catalog.skus k on k.shard = asked.shard and k.id = asked.id
where k.shard = any ($4::smallint[]);

-- name: save_products
-- The handle, the delivery, the status and when it was listed are not the save's to change.
insert into catalog.products as p (shard, id, shop_id, handle, title, description_html, vendor, kind, tags, options,
  pictures, status, extra, price_min, price_max, content_hash, version, created_at, updated_at, listed_at, titled_at, category_id,
  attributes, delivery, presale)
select n.shard, n.id, n.shop_id, n.handle, n.title, n.description_html, n.vendor, n.kind,
  array(select jsonb_array_elements_text(n.tags)), n.options, n.pictures, n.status, n.extra, n.price_min, n.price_max,
  n.content_hash, n.version, $18::timestamptz, $18::timestamptz, case when n.status = 'listed' then $18::timestamptz end,
  case when n.status = 'listed' then $18::timestamptz end, n.category_id, n.attributes, n.delivery, n.presale
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::jsonb[], $10::jsonb[], $11::jsonb[], $12::text[], $13::jsonb[], $14::bigint[], $15::bigint[],
            $16::bytea[], $17::integer[], $19::uuid[], $20::jsonb[], $21::text[], $22::jsonb[])
  as n (shard, id, shop_id, handle, title, description_html, vendor, kind, tags, options, pictures, status, extra,
        price_min, price_max, content_hash, version, category_id, attributes, delivery, presale)
on conflict (id, shard) do update
set title = excluded.title, description_html = excluded.description_html, vendor = excluded.vendor,
    kind = excluded.kind, tags = excluded.tags, options = excluded.options, pictures = excluded.pictures,
    extra = excluded.extra, price_min = excluded.price_min, price_max = excluded.price_max,
    content_hash = excluded.content_hash, version = excluded.version, updated_at = excluded.updated_at,
    category_id = excluded.category_id, attributes = excluded.attributes, presale = excluded.presale,
    titled_at = case when catalog.title_mark(p.title) is not distinct from catalog.title_mark(excluded.title) then p.titled_at
      when p.status = 'listed' then $18 end;

-- name: keep_former_texts
-- Before products are written: what they say, where they will say something else.
insert into catalog.former_texts (shard, product_id, version, title, description_html, attributes, pictures, until_at)
select p.shard, p.id, p.version, p.title, p.description_html, p.attributes, p.pictures, $7
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[])
  as n (shard, id, title, description_html, attributes, pictures)
join catalog.products p on p.shard = n.shard and p.id = n.id
where p.shard = any ($1::smallint[])
  and (p.title, p.description_html, p.attributes, p.pictures) is distinct from (n.title, n.description_html, n.attributes, n.pictures)
on conflict do nothing;

-- name: get_texts_at
-- What was said then is what was changed first after it; where nothing was, it is what is said now. Before changes were
-- kept there may have been others: it is known that there was none since an earlier one that is, or since the last save.
select distinct on (t.id, t.at) t.id, t.at, t.title, t.description_html, t.attributes, t.pictures, t.category_id,
  case when t.at < k.since and coalesce(t.updated_at > t.at, true)
    and not exists (select from catalog.former_texts e where e.shard = t.shard and e.product_id = t.id and e.until_at <= t.at)
    then k.since end as as_of
from (
  select asked.shard, asked.id, asked.at, f.title, f.description_html, f.attributes, f.pictures, p.category_id, f.until_at,
    null::timestamptz as updated_at
  from unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) as asked (shard, id, at)
  join catalog.former_texts f on f.shard = asked.shard and f.product_id = asked.id and f.until_at > asked.at
  join catalog.products p on p.shard = f.shard and p.id = f.product_id
  where f.shard = any ($1::smallint[])
  union all
  select asked.shard, asked.id, asked.at, p.title, p.description_html, p.attributes, p.pictures, p.category_id, 'infinity',
    p.updated_at
  from unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) as asked (shard, id, at)
  join catalog.products p on p.shard = asked.shard and p.id = asked.id
  where p.shard = any ($1::smallint[])) t
cross join (select min(since) as since from catalog.text_keeping) k
order by t.id, t.at, t.until_at;

-- name: drop_texts
delete from catalog.former_texts f
using unnest($1::smallint[], $2::uuid[], $3::integer[]) as n (shard, product_id, version)
where f.shard = any ($1::smallint[]) and f.shard = n.shard and f.product_id = n.product_id and f.version = n.version;

-- name: note_sifted_texts
update catalog.former_texts f set is_sifted = true
from unnest($1::smallint[], $2::uuid[], $3::integer[]) as n (shard, product_id, version)
where f.shard = any ($1::smallint[]) and f.shard = n.shard and f.product_id = n.product_id and f.version = n.version;

-- name: forget_former_texts
delete from catalog.former_texts f using (
  select shard, product_id, version from catalog.former_texts
  where shard between 0 and 63 and until_at < $1
  order by until_at
  limit $2) as over
where f.shard = over.shard and f.product_id = over.product_id and f.version = over.version
returning f.version;

-- name: withdraw_skus
-- Before the SKUs are written, so that two of them may swap their choices.
update catalog.skus k set status = 'withdrawn', withdrawn_at = $3
from unnest($1::smallint[], $2::uuid[]) as p (shard, id)
where k.shard = any ($1::smallint[]) and k.shard = p.shard and k.product_id = p.id and k.status = 'listed';

-- name: save_skus
-- What comes again under another name, or was there for less than a day, is new: what it cost then says nothing.
insert into catalog.skus as k (shard, id, product_id, shop_id, code, barcode, choices, price, compare_at, weight_grams,
  picture, position, status, low_stock, withdrawn_at, came_at)
select n.shard, n.id, n.product_id, n.shop_id, n.code, n.barcode, array(select jsonb_array_elements_text(n.choices)),
  n.price, n.compare_at, n.weight_grams, n.picture, n.position, n.status,
  n.low_stock, case when n.status = 'withdrawn' then $15::timestamptz end, $15
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::jsonb[], $8::bigint[],
            $9::bigint[], $10::integer[], $11::text[], $12::smallint[], $13::text[], $14::integer[])
  as n (shard, id, product_id, shop_id, code, barcode, choices, price, compare_at, weight_grams, picture, position,
        status, low_stock)
on conflict (id, shard) do update
set code = excluded.code, barcode = excluded.barcode, choices = excluded.choices, price = excluded.price,
    compare_at = excluded.compare_at, weight_grams = excluded.weight_grams, picture = excluded.picture,
    position = excluded.position, status = excluded.status, withdrawn_at = excluded.withdrawn_at,
    low_stock = excluded.low_stock,
    came_at = case when coalesce(k.withdrawn_at < excluded.came_at, true)
      and (k.choices <> excluded.choices or k.withdrawn_at < k.came_at + interval '1 day') then excluded.came_at else k.came_at end;

-- name: add_price_changes
-- A version of a product is written once: what is there already says the same.
insert into catalog.price_changes (shard, sku_id, version, price, compare_at, changed_at)
select n.shard, n.sku_id, n.version, n.price, n.compare_at, $6
from unnest($1::smallint[], $2::uuid[], $3::integer[], $4::bigint[], $5::bigint[])
  as n (shard, sku_id, version, price, compare_at)
on conflict (sku_id, version, shard) do nothing;

-- name: get_price_changes
select c.sku_id, c.version, c.price, c.compare_at, c.changed_at
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join catalog.price_changes c on c.shard = asked.shard and c.sku_id = asked.id
where c.shard = any ($1::smallint[])
order by c.sku_id, c.version;

-- name: get_sku_prices
select k.id, k.product_id, k.shop_id, k.price, k.compare_at
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join catalog.skus k on k.shard = asked.shard and k.product_id = asked.id and k.status = 'listed'
where k.shard = any ($1::smallint[]);

-- name: set_sku_prices
update catalog.skus k set price = c.price, compare_at = c.compare_at
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bigint[]) as c (shard, id, price, compare_at)
where k.shard = any ($1::smallint[]) and k.shard = c.shard and k.id = c.id;

-- name: set_price_ranges
update catalog.products p
set price_min = c.price_min, price_max = c.price_max, content_hash = c.content_hash, version = c.version, updated_at = $7
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bytea[], $6::integer[])
  as c (shard, id, price_min, price_max, content_hash, version)
where p.shard = any ($1::smallint[]) and p.shard = c.shard and p.id = c.id;

-- name: get_categories
select id, parent_id, name, name_en, position, attributes, is_retired from catalog.categories;

-- name: lock_categories
select id, parent_id, name, name_en, position, attributes, is_retired from catalog.categories
order by id
for no key update;

-- name: save_categories
insert into catalog.categories as c (id, parent_id, name, name_en, position, attributes, is_retired, updated_at)
select n.id, n.parent_id, n.name, n.name_en, n.position, n.attributes, n.is_retired, $8
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::jsonb[], $7::boolean[])
  as n (id, parent_id, name, name_en, position, attributes, is_retired)
on conflict (id) do update
set parent_id = excluded.parent_id, name = excluded.name, name_en = excluded.name_en, position = excluded.position,
    attributes = excluded.attributes, is_retired = excluded.is_retired, updated_at = excluded.updated_at;

-- name: get_category_page
-- One category is read by its own index: to walk all goods by time for one that has few would read them all. Several have no
-- order together: if they have fewer than $5, these are sorted; if more, some are soon met on that walk.
with few as materialized (
  select n.shard, n.id, n.shop_id, n.listed_at from catalog.products n
  where cardinality($1::uuid[]) > 1 and n.shard between 0 and 63 and n.status = 'listed' and n.category_id = any ($1::uuid[])
    and (n.listed_at, n.id)
      < (coalesce($2, 'infinity'::timestamptz), coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
  limit $5)
select p.id, p.shop_id, s.name as shop_name, s.handle as shop_handle, p.title, p.kind,
  p.pictures -> 0 ->> 'url' as picture, p.delivery, p.presale, p.price_min, p.price_max, p.sold, p.listed_at as at,
  (select coalesce(max(t.available), 0) <= 0
   from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
   where k.shard = p.shard and k.product_id = p.id and k.status = 'listed') as is_sold_out
from (
  (select n.shard, n.id from catalog.products n
   join shops.public_shops o on o.shard = n.shard and o.id = n.shop_id and o.status = 'open'
   where cardinality($1::uuid[]) = 1 and n.shard between 0 and 63 and n.status = 'listed' and n.category_id = ($1::uuid[])[1]
     and (n.listed_at, n.id)
       < (coalesce($2, 'infinity'::timestamptz), coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
   order by n.listed_at desc, n.id desc
   limit $4)
  union all
  (select n.shard, n.id from few n
   join shops.public_shops o on o.shard = n.shard and o.id = n.shop_id and o.status = 'open'
   where (select count(*) from few) < $5
   order by n.listed_at desc, n.id desc
   limit $4)
  union all
  (select n.shard, n.id from catalog.products n
   join shops.public_shops o on o.shard = n.shard and o.id = n.shop_id and o.status = 'open'
   where (select count(*) from few) = $5 and n.shard between 0 and 63 and n.status = 'listed' and n.category_id = any ($1::uuid[])
     and (n.listed_at, n.id)
       < (coalesce($2, 'infinity'::timestamptz), coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
   order by n.listed_at desc, n.id desc
   limit $4)) c
join catalog.products p on p.shard = c.shard and p.id = c.id
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
where p.shard between 0 and 63
order by p.listed_at desc, p.id desc;

-- name: get_round
select after from catalog.rounds where job = $1;

-- name: keep_round
insert into catalog.rounds (job, after) values ($1, $2)
on conflict (job) do update set after = excluded.after;

-- name: get_watched
-- At which SKU a part of those that shops want to be told of ends; nothing where fewer are left.
select k.shop_id, k.id
from catalog.skus k
where k.shard between 0 and 63 and k.status = 'listed' and k.low_stock is not null and (k.shop_id, k.id) > ($1, $2)
order by k.shop_id, k.id
offset $3 limit 1;

-- name: get_low_stock
-- What is on sale and runs low, and has no open notice: of a part of what shops want to be told of.
select k.shop_id, k.product_id, k.id as sku_id, t.available, k.low_stock, p.title, k.choices
from catalog.skus k
join catalog.products p on p.shard = k.shard and p.id = k.product_id and p.status = 'listed'
join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
where k.shard between 0 and 63 and k.status = 'listed' and k.low_stock is not null and t.available <= k.low_stock
  and (k.shop_id, k.id) > ($1, $2)
  and (k.shop_id, k.id) <= (
    coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
  and not exists (
    select from catalog.stock_notices n where n.shard = k.shard and n.sku_id = k.id and n.ended_at is null)
order by k.shop_id, k.id
limit $5;

-- name: get_outdated_stock_notices
-- Notices of what is not low any more, or not on sale: of the open ones of a part of what shops want to be told of.
select n.id
from catalog.stock_notices n
where n.shard between 0 and 63 and n.ended_at is null
  and (n.shop_id, n.sku_id) > ($1, $2)
  and (n.shop_id, n.sku_id) <= (
    coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
  and not exists (
  select from catalog.skus k
  join catalog.products p on p.shard = k.shard and p.id = k.product_id and p.status = 'listed'
  join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
  where k.shard = n.shard and k.id = n.sku_id and k.status = 'listed' and t.available <= k.low_stock)
order by n.id
limit $5;

-- name: add_stock_notices
-- Whoever comes second finds it there, and tells nobody.
insert into catalog.stock_notices (shard, id, shop_id, product_id, sku_id, available, low_stock, noticed_at)
select n.shard, n.id, n.shop_id, n.product_id, n.sku_id, n.available, n.low_stock, $8
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::integer[])
  as n (shard, id, shop_id, product_id, sku_id, available, low_stock)
order by n.sku_id
on conflict (sku_id, shard) where ended_at is null do nothing
returning sku_id;

-- name: end_stock_notices
update catalog.stock_notices n
set ended_at = $3
from unnest($1::smallint[], $2::uuid[]) as e (shard, id)
where n.shard = any ($1::smallint[]) and n.shard = e.shard and n.id = e.id and n.ended_at is null;

-- name: forget_stock_notices
delete from catalog.stock_notices where shard between 0 and 63 and ended_at < $1;

-- name: count_stock_notices
select count(*) from catalog.stock_notices where shard = $1 and shop_id = $2 and ended_at is null;

-- name: get_stock_notices
-- A shop with a page of its notices, newest first, each with what is left now.
select s.id, s.handle, s.name,
  (select jsonb_agg(to_jsonb(l) order by l.noticed_at desc, l.id desc) from (
     select n.id, n.product_id, n.sku_id, p.title, k.choices, n.available, n.low_stock, n.noticed_at, n.ended_at,
       t.available as available_now
     from catalog.stock_notices n
     join catalog.products p on p.shard = n.shard and p.id = n.product_id
     join catalog.skus k on k.shard = n.shard and k.id = n.sku_id
     join inventory.public_stock t on t.shard = n.shard and t.sku_id = n.sku_id
     where n.shard = s.shard and n.shop_id = s.id
       and (n.noticed_at, n.id)
         < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
     order by n.noticed_at desc, n.id desc
     limit $5) l) as notices
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: get_price_history
-- A product of whatever state with a page of what its SKUs cost, newest first: by versions, which count its changes.
select p.shop_id, p.title, s.handle, s.name,
  (select jsonb_agg(to_jsonb(l) order by l.version desc, l.sku_id desc) from (
     select c.sku_id, c.version, k.choices, k.status = 'listed' as is_listed, c.price, c.compare_at, c.changed_at,
       (select b.price from catalog.price_changes b
        where b.shard = c.shard and b.sku_id = c.sku_id and b.version < c.version
        order by b.version desc limit 1) as price_before
     from catalog.skus k
     join catalog.price_changes c on c.shard = k.shard and c.sku_id = k.id
     where k.shard = p.shard and k.product_id = p.id
       and (c.version, c.sku_id) < (coalesce($3, 2147483647), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
     order by c.version desc, c.sku_id desc
     limit $5) l) as changes
from catalog.products p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
where p.shard = $1 and p.id = $2;

-- name: set_states
-- Under a title that it was on sale with for less than a day, a product is new when its shop lists it again.
update catalog.products p
set status = c.status, listed_at = c.listed_at, list_at = c.list_at, withdraw_at = c.withdraw_at,
  taken_down_from = c.taken_down_from, penalty_id = c.penalty_id, taking_reason = c.taking_reason,
  off_sale_at = case when p.status = 'listed' and c.status <> 'listed' then $10 else p.off_sale_at end,
  titled_at = case when c.status = 'listed' then coalesce(p.titled_at, $10)
    when p.status <> 'listed' or c.status = 'taken_down' or p.titled_at <= $10::timestamptz - interval '1 day' then p.titled_at end
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::text[],
            $8::uuid[], $9::text[])
  as c (shard, id, status, listed_at, list_at, withdraw_at, taken_down_from, penalty_id, taking_reason)
where p.shard = any ($1::smallint[]) and p.shard = c.shard and p.id = c.id;

-- name: get_skus_for_sale
select k.id as sku_id, k.product_id, k.shop_id, s.name as shop_name, s.handle as shop_handle,
  s.owner_id as shop_owner_id, k.title, k.kind, k.options, k.choices, k.code, k.price, k.weight_grams, k.picture,
  k.is_listed as is_on_shelf, k.is_listed and s.status = 'open' as is_listed,
  s.standing as shop_standing, s.away_until as shop_away_until, t.available, k.delivery, k.presale, k.category_id,
  f.id as freight_id, f.name as freight_name, f.method, f.zones, f.excluded, f.is_default,
  case when c.id is not null then array_remove(array[c.id, c.parent_id, u.parent_id], null) end as categories,
  -- Once is enough: the rules are the same for all.
  case when row_number() over () = 1 then (
    select r.rules from rulebook.public_versions r where r.name = 'returns' and r.effective_at <= $4
    order by r.version desc limit 1) end as return_rules
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join catalog.public_skus k on k.shard = asked.shard and k.id = asked.id
join shops.public_shops s on s.shard = k.shard and s.id = k.shop_id
join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
left join freight.public_products p on p.shard = k.shard and p.product_id = k.product_id and p.shop_id = k.shop_id
left join freight.public_templates f on f.shard = k.shard and f.shop_id = k.shop_id
  and case when p.product_id is null then f.is_default else f.id = p.template_id end
left join catalog.categories c on c.id = k.category_id
left join catalog.categories u on u.id = c.parent_id
where k.shard = any ($3::smallint[]);

-- name: list_unweighed
-- Listed products of a shop whose freight goes by weight, though not each of their SKUs has one; the newest first.
select p.id, p.title
from catalog.products p
where p.shard = $1 and p.shop_id = $2 and p.status = 'listed' and p.delivery = 'physical'
  and exists (select from freight.public_templates w where w.shard = $1 and w.shop_id = $2 and w.method = 'weight')
  and exists (
    select from freight.public_templates f
    left join freight.public_products a on a.shard = $1 and a.product_id = p.id and a.shop_id = f.shop_id
    where f.shard = $1 and f.shop_id = p.shop_id and f.method = 'weight'
      and case when a.product_id is null then f.is_default else f.id = a.template_id end)
  and exists (select from catalog.skus k
    where k.shard = $1 and k.product_id = p.id and k.status = 'listed' and k.weight_grams = 0)
order by p.listed_at desc, p.id desc
limit $3;

-- name: get_products
-- Whole products: for a page of one, for editing, for the API. Listed SKUs only; sales of the withdrawn count, too.
select p.id, p.shop_id, p.handle, p.title, p.description_html, p.vendor, p.kind, p.tags, p.options, p.pictures,
  p.status as state, p.penalty_id, p.taking_reason, p.list_at, p.withdraw_at, p.extra, p.category_id, p.attributes, p.delivery, p.presale, p.price_min, p.price_max, p.version, p.created_at, p.updated_at,
  s.handle as shop_handle, s.name as shop_name, s.story as shop_story, s.colour as shop_colour,
  s.status as shop_status, coalesce(c.grade, 0::smallint) as shop_grade,
  s.standing as shop_standing, s.away_until as shop_away_until, s.away_notice as shop_away_notice,
  (select jsonb_agg(to_jsonb(f) order by f.id) from freight.public_places f
   where f.shard = p.shard and f.shop_id = p.shop_id) as shop_places,
  (select jsonb_build_object('state', v.state, 'reasons', v.reasons, 'proposal', v.proposal) from catalog.reviews v
   where v.shard = p.shard and v.product_id = p.id and v.state in ('waiting', 'refused')) as review,
  (select coalesce(sum(t.sold), 0)::bigint from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
   where k.shard = p.shard and k.product_id = p.id) as sold,
  (select jsonb_agg(jsonb_build_object('id', k.id, 'code', k.code, 'barcode', k.barcode, 'choices', k.choices,
     'price', k.price, 'compare_at', k.compare_at, 'weight_grams', k.weight_grams, 'picture', k.picture,
     'on_hand', t.on_hand, 'held', t.held, 'sold', t.sold, 'available', t.available, 'low_stock', k.low_stock,
     'lowest', case when k.compare_at > k.price then (
       select min(h.price) from (
         select c.price, lead(c.changed_at) over (order by c.version) as until,
           max(c.changed_at) over () as reduced_at
         from catalog.price_changes c where c.shard = k.shard and c.sku_id = k.id) h
       where h.until > h.reduced_at - interval '30 days') end) order by k.position)
   from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
   where k.shard = p.shard and k.product_id = p.id and k.status = 'listed') as skus,
  (select to_jsonb(v) from media.public_videos v where v.shard = p.shard and v.holder_id = p.id) as video,
  case when g.id is not null then array_remove(array[g.id, g.parent_id, u.parent_id], null) end as categories,
  -- Once is enough: the rules are the same for all.
  case when row_number() over () = 1 then (
    select r.rules from rulebook.public_versions r where r.name = 'returns' and r.effective_at <= $3
    order by r.version desc limit 1) end as return_rules
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join catalog.products p on p.shard = asked.shard and p.id = asked.id
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
left join credit.public_standings c on c.shard = p.shard and c.shop_id = p.shop_id
left join catalog.categories g on g.id = p.category_id
left join catalog.categories u on u.id = g.parent_id
where p.shard = any ($1::smallint[])
order by p.id;

-- name: find_products
select p.handle, p.id
from catalog.products p
where p.shard = $1 and p.shop_id = $2 and p.handle = any ($3::text[]);

-- name: get_home_newest
select p.id, p.shop_id, s.name as shop_name, s.handle as shop_handle, p.title, p.kind,
  p.pictures -> 0 ->> 'url' as picture, p.delivery, p.presale, p.price_min, p.price_max, p.sold, p.listed_at as at,
  (select coalesce(max(t.available), 0) <= 0
   from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
   where k.shard = p.shard and k.product_id = p.id and k.status = 'listed') as is_sold_out
from catalog.products p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id and s.status = 'open'
where p.shard between 0 and 63 and p.status = 'listed'
  and (p.listed_at, p.id)
    < (coalesce($1, 'infinity'::timestamptz), coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by p.listed_at desc, p.id desc
limit $3;

-- name: get_home_best_sold
select p.id, p.shop_id, s.name as shop_name, s.handle as shop_handle, p.title, p.kind,
  p.pictures -> 0 ->> 'url' as picture, p.delivery, p.presale, p.price_min, p.price_max, p.sold,
  (select coalesce(max(t.available), 0) <= 0
   from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
   where k.shard = p.shard and k.product_id = p.id and k.status = 'listed') as is_sold_out
from catalog.products p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id and s.status = 'open'
where p.shard between 0 and 63 and p.status = 'listed'
  and (p.sold, p.id) < (coalesce($1, 9223372036854775807), coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by p.sold desc, p.id desc
limit $3;

-- name: get_shop_page
-- One row for the shop, whether or not it has anything listed.
select s.id, s.handle, s.name, s.story, s.colour, s.status, s.standing, s.away_until, s.away_notice,
  (select jsonb_agg(to_jsonb(c) order by c.at desc, c.id desc)
   from (
     select p.id, p.shop_id, s.name as shop_name, s.handle as shop_handle, p.title, p.kind,
       p.pictures -> 0 ->> 'url' as picture, p.delivery, p.presale, p.price_min, p.price_max, p.sold, p.created_at as at,
       (select coalesce(max(t.available), 0) <= 0
        from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
        where k.shard = p.shard and k.product_id = p.id and k.status = 'listed') as is_sold_out
     from catalog.products p
     where p.shard = s.shard and p.shop_id = s.id and p.status = 'listed'
       and (p.created_at, p.id)
         < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
     order by p.created_at desc, p.id desc
     limit $5) c) as products
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: get_goods
-- What is looked at before it is listed is found by its reviews, and what is not on sale by an index of its own: there are
-- few, and goods may be many. So it is with what has a SKU that is sold out, or of which few are left: that is read first, from
-- the stock. Where it is much, goods are looked at from the newest on, since a page of them is near.
with gone as materialized (
  select k.product_id
  from inventory.public_stock t join catalog.skus k on k.shard = $1 and k.id = t.sku_id and k.status = 'listed'
  where $3 = 'sold_out' and t.shard = $1 and t.shop_id = $2 and t.available <= 0
  limit 2001
), few as materialized (
  select k.product_id
  from catalog.skus k join inventory.public_stock t on t.shard = $1 and t.sku_id = k.id
  where $3 = 'low' and k.shard = $1 and k.shop_id = $2 and k.status = 'listed' and k.low_stock is not null
    and t.available <= k.low_stock
  limit 2001
)
select p.id, p.handle, p.title, p.kind, p.pictures -> 0 ->> 'url' as picture, p.delivery, p.presale, p.status as state, p.price_min,
  p.price_max, p.sold, p.version, p.updated_at, p.created_at as at, p.list_at, p.withdraw_at,
  (select v.state from catalog.reviews v
   where v.shard = $1 and v.product_id = p.id and v.state in ('waiting', 'refused')) as review, t.skus, t.on_hand, t.held, t.available, t.low
from (
  (select a.* from catalog.products a
   where ($3::text is null or $3 in ('listed', 'sold_out', 'low')) and a.shard = $1 and a.shop_id = $2
     and ($3 is null or a.status = 'listed')
     and ($3 is distinct from 'sold_out' or (
       (select count(*) from gone) > 2000 or a.id in (select product_id from gone)) and (
       select coalesce(max(t.available), 0) <= 0
       from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
       where k.shard = $1 and k.product_id = a.id and k.status = 'listed'))
     and ($3 is distinct from 'low' or a.id in (select product_id from few) or (select count(*) from few) > 2000 and (
       select coalesce(bool_or(t.available <= k.low_stock), false)
       from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
       where k.shard = $1 and k.product_id = a.id and k.status = 'listed'))
     and (a.created_at, a.id)
       < (coalesce($4, 'infinity'::timestamptz), coalesce($5, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
   order by a.created_at desc, a.id desc
   limit $6)
  union all
  (select a.* from catalog.products a
   where $3 in ('draft', 'withdrawn', 'taken_down') and a.shard = $1 and a.shop_id = $2 and a.status <> 'listed' and a.status = $3
     and (a.created_at, a.id)
       < (coalesce($4, 'infinity'::timestamptz), coalesce($5, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
   order by a.created_at desc, a.id desc
   limit $6)
  union all
  (select a.* from catalog.reviews v join catalog.products a on a.shard = $1 and a.id = v.product_id
   where v.shard = $1 and v.shop_id = $2 and v.state in ('waiting', 'refused')
     and v.state = case $3 when 'in_review' then 'waiting' when 'refused' then 'refused' end
     and (a.created_at, a.id)
       < (coalesce($4, 'infinity'::timestamptz), coalesce($5, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
   order by a.created_at desc, a.id desc
   limit $6)) p
cross join lateral (
  select count(*) as skus, coalesce(sum(t.on_hand), 0)::bigint as on_hand, coalesce(sum(t.held), 0)::bigint as held,
    coalesce(sum(t.available), 0)::bigint as available, count(*) filter (where t.available <= k.low_stock) as low
  from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
  where k.shard = $1 and k.product_id = p.id and k.status = 'listed') t
order by p.created_at desc, p.id desc;

-- name: get_uncounted_sales
-- Products of a part of all, in the order of ids, whose figure of sales is not what their stock says; and where the part ends,
-- if there is more behind it.
with part as materialized (
  select p.shard, p.id, p.sold
  from catalog.products p
  where p.shard between 0 and 63 and p.id > $1
  order by p.id
  limit $2),
moved as materialized (
  select p.id, s.sold
  from part p
  join lateral (
    select sum(t.sold)::bigint as sold
    from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
    where k.shard = p.shard and k.product_id = p.id) s on s.sold <> p.sold
  order by p.id
  limit $3)
select (select l.id from part l order by l.id offset $2 - 1) as last,
  array(select m.id from moved m order by m.id) as ids, array(select m.sold from moved m order by m.id) as sold;

-- name: count_sales
update catalog.products p set sold = c.sold
from unnest($1::smallint[], $2::uuid[], $3::bigint[]) as c (shard, id, sold)
where p.shard = any ($1::smallint[]) and p.shard = c.shard and p.id = c.id;

-- name: get_stock_page
-- A shop with its warehouses, and a page of its goods with the stock of every SKU.
select s.id, s.handle, s.name,
  (select jsonb_agg(jsonb_build_object('id', w.id, 'name', w.name, 'is_open', w.is_open) order by w.priority, w.id)
   from inventory.public_warehouses w where w.shard = s.shard and w.shop_id = s.id) as warehouses,
  (select jsonb_agg(to_jsonb(g) order by g.at desc, g.id desc) from (
     select p.id, p.title, p.kind, p.created_at as at, p.pictures -> 0 ->> 'url' as picture,
       (select count(*) from catalog.skus k
        where k.shard = p.shard and k.product_id = p.id and k.status = 'listed') as skus_count,
       (select jsonb_agg(to_jsonb(l) - 'position' order by l.is_low desc, l.position) from (
          select k.id, k.choices, t.on_hand, t.held, t.available, t.sold, t.shelves, t.is_keyed, k.low_stock, k.position,
            $3 and t.available <= coalesce(k.low_stock, 0) as is_low
          from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
          where k.shard = p.shard and k.product_id = p.id and k.status = 'listed'
          order by is_low desc, k.position
          limit $7) l) as skus
     from catalog.products p
     where p.shard = s.shard and p.shop_id = s.id
       and (not $3 or (
         select coalesce(bool_or(t.available <= coalesce(k.low_stock, 0)), false)
         from catalog.skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
         where k.shard = p.shard and k.product_id = p.id and k.status = 'listed'))
       and (p.created_at, p.id)
         < (coalesce($4, 'infinity'::timestamptz), coalesce($5, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
     order by p.created_at desc, p.id desc
     limit $6) g) as goods
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: get_sku_stock
-- A SKU of a shop with its stock in each warehouse, and the last lines of its journal.
select s.id, s.handle, s.name, p.id as product_id, p.title, p.kind, k.choices, p.pictures -> 0 ->> 'url' as picture,
  t.on_hand, t.held, t.available, t.sold, t.shelves, t.is_keyed,
  (select jsonb_agg(jsonb_build_object('id', w.id, 'name', w.name, 'is_open', w.is_open) order by w.priority, w.id)
   from inventory.public_warehouses w where w.shard = s.shard and w.shop_id = s.id) as warehouses,
  (select jsonb_agg(to_jsonb(l) order by l.at desc, l.id desc) from (
     select c.id, c.sku_id, c.warehouse_id, c.units, c.on_hand, c.reason, c.note, c.actor_kind, c.actor_id, c.at
     from inventory.public_changes c
     where c.shard = s.shard and c.shop_id = s.id and c.sku_id = k.id
     order by c.at desc, c.id desc
     limit $4) l) as changes
from shops.public_shops s
join catalog.skus k on k.shard = s.shard and k.shop_id = s.id and k.id = $3
join catalog.products p on p.shard = k.shard and p.id = k.product_id
join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
where s.shard = $1 and s.id = $2;

-- name: get_stock_journal
-- A shop with its warehouses, and a page of the journal of its stock.
select s.id, s.handle, s.name,
  (select jsonb_agg(jsonb_build_object('id', w.id, 'name', w.name, 'is_open', w.is_open) order by w.priority, w.id)
   from inventory.public_warehouses w where w.shard = s.shard and w.shop_id = s.id) as warehouses,
  (select jsonb_agg(to_jsonb(l) order by l.at desc, l.id desc) from (
     select c.id, c.sku_id, c.warehouse_id, c.units, c.on_hand, c.reason, c.note, c.actor_kind, c.actor_id, c.at,
       p.title, k.choices
     from inventory.public_changes c
     left join catalog.skus k on k.shard = c.shard and k.id = c.sku_id
     left join catalog.products p on p.shard = k.shard and p.id = k.product_id
     where c.shard = s.shard and c.shop_id = s.id
       and (c.at, c.id)
         < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
     order by c.at desc, c.id desc
     limit $5) l) as changes
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: lock_reviews
select product_id, shop_id, state, revision, version, proposal, submitted_at, reviewer_id, taken_at, decided_at, reasons
from catalog.reviews
where shard = any ($1::smallint[]) and product_id = any ($2::uuid[])
order by product_id
for no key update;

-- name: put_reviews
insert into catalog.reviews as v (shard, product_id, shop_id, state, revision, version, proposal, submitted_at, reviewer_id,
  taken_at, decided_at, reasons)
select shard, product_id, shop_id, state, revision, version, proposal, submitted_at, reviewer_id, taken_at, decided_at,
  reasons
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::integer[], $7::jsonb[],
            $8::timestamptz[], $9::uuid[], $10::timestamptz[], $11::timestamptz[], $12::jsonb[])
  as n (shard, product_id, shop_id, state, revision, version, proposal, submitted_at, reviewer_id, taken_at, decided_at,
        reasons)
on conflict (product_id, shard) do update
set state = excluded.state, revision = excluded.revision, version = excluded.version, proposal = excluded.proposal,
    submitted_at = excluded.submitted_at, reviewer_id = excluded.reviewer_id, taken_at = excluded.taken_at,
    decided_at = excluded.decided_at, reasons = excluded.reasons;

-- name: get_waiting_reviews
select v.product_id, v.shop_id, v.revision, v.submitted_at, v.proposal is not null as is_change, v.reviewer_id
from catalog.reviews v
where v.shard between 0 and 63 and v.state = 'waiting' and (v.taken_at is null or v.taken_at < $1)
order by v.submitted_at, v.product_id
limit $2;

-- name: get_taken_reviews
-- What one reviewer looks at: the product as it is, and what it shall become.
select v.product_id, v.shop_id, v.revision, v.submitted_at, v.proposal, p.title, p.description_html, p.pictures, p.kind,
  p.category_id, p.price_min, p.price_max, p.status, s.name as shop_name, s.handle as shop_handle, s.verification,
  (select jsonb_agg(jsonb_build_object('id', k.id, 'choices', k.choices, 'price', k.price) order by k.position)
   from catalog.skus k where k.shard = v.shard and k.product_id = v.product_id and k.status = 'listed') as skus
from catalog.reviews v
join catalog.products p on p.shard = v.shard and p.id = v.product_id
join shops.public_shops s on s.shard = v.shard and s.id = v.shop_id
where v.shard between 0 and 63 and v.state = 'waiting' and v.reviewer_id = $1
order by v.submitted_at, v.product_id
limit $2;

-- name: get_review_desk
select w.waiting, w.since,
  (select r.rules from rulebook.public_versions r where r.name = 'goods_reviews' and r.effective_at <= $1
   order by r.version desc limit 1) as rules,
  (select jsonb_object_agg(id, name) from catalog.categories) as names
from (
  select count(*) as waiting, min(submitted_at) as since from catalog.reviews
  where shard between 0 and 63 and state = 'waiting') as w;

-- name: get_review
select product_id, shop_id, state, revision, version, proposal, submitted_at, reviewer_id, taken_at, decided_at, reasons
from catalog.reviews
where shard = $1 and product_id = $2;

-- name: get_scheduled
-- Each by its own index: asked for both at once, all products would be read.
select id, shop_id, list_at <= $1 and status in ('draft', 'withdrawn') as is_to_list,
  withdraw_at <= $1 and coalesce(taken_down_from, status) in ('listed', 'in_review') as is_to_withdraw
from (
  (select id, shop_id, status, taken_down_from, list_at, withdraw_at from catalog.products
   where shard between 0 and 63 and list_at <= $1
   order by list_at
   limit $2)
  union
  (select id, shop_id, status, taken_down_from, list_at, withdraw_at from catalog.products
   where shard between 0 and 63 and withdraw_at <= $1
   order by withdraw_at
   limit $2)) due
order by id
limit $2;

-- name: forget_schedules
update catalog.products
set list_at = case when list_at > $3 then list_at end, withdraw_at = case when withdraw_at > $3 then withdraw_at end
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: get_written
-- What is on sale in a shard, and what else was saved since a time, some at a time.
select p.id from catalog.products p
where p.shard = $1 and p.id > $2 and (p.status = 'listed' or p.updated_at > $3)
order by p.id
limit $4;
