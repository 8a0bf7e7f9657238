-- name: add_designs
insert into storefronts.designs (shard, shop_id)
select shard, shop_id from unnest($1::smallint[], $2::uuid[]) as d (shard, shop_id)
on conflict (shop_id, shard) do nothing;

-- name: lock_designs
-- In id order, so that two batches never wait for each other.
select d.shop_id, d.draft, d.version, d.published, d.number, d.published_from, d.published_at
from unnest($1::smallint[], $2::uuid[]) as asked (shard, shop_id)
join storefronts.designs d on d.shard = asked.shard and d.shop_id = asked.shop_id
where d.shard = any ($1::smallint[])
order by d.shop_id
for no key update of d;

-- name: get_designs
select d.shop_id, d.draft, d.version, d.published, d.number, d.published_from, d.published_at
from unnest($1::smallint[], $2::uuid[]) as asked (shard, shop_id)
join storefronts.designs d on d.shard = asked.shard and d.shop_id = asked.shop_id
where d.shard = any ($1::smallint[]);

-- name: save_designs
update storefronts.designs d
set draft = n.draft, version = n.version, published = n.published, number = n.number,
    published_from = n.published_from, published_at = n.published_at, shelves = n.shelves
from unnest($1::smallint[], $2::uuid[], $3::jsonb[], $4::integer[], $5::jsonb[], $6::integer[], $7::integer[],
            $8::timestamptz[], $9::jsonb[])
  as n (shard, shop_id, draft, version, published, number, published_from, published_at, shelves)
where d.shard = any ($1::smallint[]) and d.shard = n.shard and d.shop_id = n.shop_id;

-- name: add_versions
insert into storefronts.versions (shard, shop_id, number, design, published_at, person_id)
select n.shard, n.shop_id, n.number, n.design, $6, n.person_id
from unnest($1::smallint[], $2::uuid[], $3::integer[], $4::jsonb[], $5::uuid[])
  as n (shard, shop_id, number, design, person_id);

-- name: remove_versions
delete from storefronts.versions v
using unnest($1::smallint[], $2::uuid[], $3::integer[]) as n (shard, shop_id, number)
where v.shard = any ($1::smallint[]) and v.shard = n.shard and v.shop_id = n.shop_id and v.number = n.number;

-- name: get_versions
select v.shop_id, v.number, v.design
from unnest($1::smallint[], $2::uuid[], $3::integer[]) as asked (shard, shop_id, number)
join storefronts.versions v on v.shard = asked.shard and v.shop_id = asked.shop_id and v.number = asked.number
where v.shard = any ($1::smallint[]);

-- name: list_versions
select v.number, v.published_at, v.person_id, jsonb_array_length(v.design -> 'blocks') as blocks
from storefronts.versions v
where v.shard = $1 and v.shop_id = $2
order by v.number desc
limit $3;

-- name: get_front
-- Everything of a shop's page: the shelves that are asked for, else those of its design, else those of a shop without.
-- Of the branches of a shelf all but one are not run: each walks the index of its order, and stops when it has enough.
with front as materialized (
  select s.shard, s.id, s.handle, s.name, s.story, s.colour, s.status, s.verification, s.created_at, s.standing,
    s.away_until, s.away_notice,
    coalesce(c.grade, 0::smallint) as grade,
    (select jsonb_agg(jsonb_build_object('issuer', b.issuer, 'grade', b.grade, 'expires_at', b.expires_at) order by b.score desc, b.issuer)
     from credit.public_brought b where b.shard = $1 and b.shop_id = s.id) as brought,
    (select jsonb_agg(to_jsonb(l) order by l.id) from freight.public_places l where l.shard = $1 and l.shop_id = s.id) as places,
    d.published as design, d.published_at, coalesce($3::jsonb, d.shelves, $4::jsonb) as shelves
  from shops.public_shops s
  left join storefronts.designs d on d.shard = $1 and d.shop_id = s.id
  left join credit.public_standings c on c.shard = $1 and c.shop_id = s.id
  where s.shard = $1 and s.id = $2)
select f.id, f.handle, f.name, f.story, f.colour, f.status, f.verification, f.created_at, f.standing, f.away_until,
  f.away_notice, f.grade, f.brought, f.places, f.design, f.published_at,
  (select jsonb_agg(coalesce((
     select jsonb_agg(jsonb_build_object('id', g.id, 'shop_id', f.id, 'shop_name', f.name, 'shop_handle', f.handle,
       'title', g.title, 'kind', g.kind, 'picture', g.pictures -> 0 ->> 'url', 'price_min', g.price_min,
       'price_max', g.price_max, 'sold', g.sold, 'delivery', g.delivery, 'presale', g.presale, 'video', g.video, 'key', g.key, 'is_sold_out', (
         select coalesce(max(t.available), 0) <= 0 from catalog.public_skus k join inventory.public_stock t on t.shard = $1 and t.sku_id = k.id
         where k.shard = $1 and k.product_id = g.id and k.is_listed)) order by g.place)
     from (
       select r.*, row_number() over () as place
       from (
         (select p.id, p.title, p.kind, p.pictures, p.delivery, p.presale, p.price_min, p.price_max, p.sold, 0::bigint as key, null::jsonb as video
          from unnest(q.ids) with ordinality as chosen (id, place)
          join catalog.public_products p on p.shard = $1 and p.id = chosen.id
          where q.rule = 'chosen' and p.shop_id = f.id and p.status = 'listed'
          order by chosen.place)
         union all
         (select p.id, p.title, p.kind, p.pictures, p.delivery, p.presale, p.price_min, p.price_max, p.sold, 0, to_jsonb(v)
          from media.public_videos v
          join catalog.public_products p on p.shard = $1 and p.id = v.holder_id
          where q.rule = 'video' and v.shard = $1 and v.owner_id = f.id and (q.ids is null or v.holder_id = any (q.ids))
            and p.shop_id = f.id and p.status = 'listed'
          order by v.shown_at desc, v.holder_id desc
          limit q.limit_)
         union all
         (select p.id, p.title, p.kind, p.pictures, p.delivery, p.presale, p.price_min, p.price_max, p.sold,
            (extract(epoch from p.listed_at) * 1000000)::bigint, null
          from catalog.public_products p
          where q.rule = 'newest' and p.shard = $1 and p.shop_id = f.id and p.status = 'listed'
            and (q.kind is null or p.kind = q.kind) and (q.tag is null or q.tag = any (p.tags))
            and (q.category is null or p.category_id = any (
              select c.id from catalog.public_categories c
              left join catalog.public_categories o on o.id = c.parent_id
              where q.category in (c.id, c.parent_id, o.parent_id)))
            and (p.listed_at, p.id) < (
              coalesce('1970-01-01 00:00:00+00'::timestamptz + q.key * interval '1 microsecond', 'infinity'),
              coalesce(q.after, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
          order by p.listed_at desc, p.id desc
          limit q.limit_)
         union all
         (select p.id, p.title, p.kind, p.pictures, p.delivery, p.presale, p.price_min, p.price_max, p.sold, p.sold, null
          from catalog.public_products p
          where q.rule = 'best_sold' and p.shard = $1 and p.shop_id = f.id and p.status = 'listed'
            and (q.kind is null or p.kind = q.kind)
            and (p.sold, p.id) < (
              coalesce(q.key, 9223372036854775807), coalesce(q.after, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
          order by p.sold desc, p.id desc
          limit q.limit_)
         union all
         (select p.id, p.title, p.kind, p.pictures, p.delivery, p.presale, p.price_min, p.price_max, p.sold, p.price_min, null
          from catalog.public_products p
          where q.rule = 'cheapest' and p.shard = $1 and p.shop_id = f.id and p.status = 'listed'
            and (q.kind is null or p.kind = q.kind)
            and (p.price_min, p.id) > (coalesce(q.key, -1), coalesce(q.after, '00000000-0000-0000-0000-000000000000'::uuid))
          order by p.price_min, p.id
          limit q.limit_)
         union all
         (select p.id, p.title, p.kind, p.pictures, p.delivery, p.presale, p.price_min, p.price_max, p.sold, p.price_min, null
          from catalog.public_products p
          where q.rule = 'dearest' and p.shard = $1 and p.shop_id = f.id and p.status = 'listed'
            and (q.kind is null or p.kind = q.kind)
            and (p.price_min, p.id) < (
              coalesce(q.key, 9223372036854775807), coalesce(q.after, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
          order by p.price_min desc, p.id desc
          limit q.limit_)) r) g), '[]'::jsonb) order by q.number)
   from rows from (jsonb_to_recordset(f.shelves) as (
     rule text, "limit" integer, kind text, tag text, category uuid, ids uuid[], key bigint, after uuid)) with ordinality
     as q (rule, limit_, kind, tag, category, ids, key, after, number)) as shelves,
  (select jsonb_agg(jsonb_build_object('kind', n.kind, 'products', n.products, 'id', n.id, 'title', n.title,
     'picture', n.picture) order by n.products desc, n.kind)
   from (
     select k.kind, count(*) as products, (array_agg(k.id order by k.sold desc, k.id desc))[1] as id,
       (array_agg(k.title order by k.sold desc, k.id desc))[1] as title,
       (array_agg(k.pictures -> 0 ->> 'url' order by k.sold desc, k.id desc))[1] as picture
     from (
       select p.id, p.title, p.kind, p.pictures, p.sold
       from catalog.public_products p
       where f.shelves @> '[{"rule": "kinds"}]' and p.shard = $1 and p.shop_id = f.id and p.status = 'listed'
       order by p.listed_at desc, p.id desc
       limit $5) k
     where k.kind <> ''
     group by k.kind
     order by count(*) desc, k.kind
     limit $6) n) as kinds,
  (select jsonb_agg(to_jsonb(n))
   from (
     select distinct c.id, c.parent_id, c.name, c.name_en, c.position
     from (
       select p.category_id as id
       from catalog.public_products p
       where f.shelves @> '[{"rule": "categories"}]' and p.shard = $1 and p.shop_id = f.id and p.status = 'listed'
       order by p.listed_at desc, p.id desc
       limit $5) g
     join catalog.public_categories own on own.id = g.id
     left join catalog.public_categories o on o.id = own.parent_id
     join catalog.public_categories c on c.id in (own.id, own.parent_id, o.parent_id)
     order by c.position, c.name, c.id
     limit $7) n) as categories
from front f;

-- name: get_open_shards
-- Which shards have open shops, and when the last page of each was published.
select s.shard, max(coalesce(d.published_at, s.created_at)) as changed_at
from shops.public_shops s
left join storefronts.designs d on d.shard = s.shard and d.shop_id = s.id
where s.shard between 0 and 63 and s.status = 'open'
group by s.shard
order by s.shard;

-- name: get_addresses
-- The pages of a shard that anybody may find: open shops, and what they have listed.
with open as materialized (
  select s.id, s.handle, s.created_at from shops.public_shops s where s.shard = $1 and s.status = 'open')
(select '/shops/' || s.handle as path, coalesce(d.published_at, s.created_at) as changed_at
 from open s
 left join storefronts.designs d on d.shard = $1 and d.shop_id = s.id
 order by s.id
 limit $2)
union all
(select '/products/' || p.id, p.listed_at
 from open s
 join catalog.public_products p on p.shard = $1 and p.shop_id = s.id and p.status = 'listed'
 order by p.listed_at desc, p.id desc
 limit $2)
order by path desc
limit $2;

-- name: get_written
-- Pages of a shard that were published since a time, some at a time.
select d.shop_id, d.published, s.handle, s.name
from storefronts.designs d
join shops.public_shops s on s.shard = d.shard and s.id = d.shop_id
where d.shard = $1 and d.shop_id > $2 and d.published_at > $3
order by d.shop_id
limit $4;
