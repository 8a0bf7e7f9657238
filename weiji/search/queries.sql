-- name: lock_entries
-- A row for each product, locked until the transaction ends: what is read of the catalog after this is at least as new
-- as what anybody read who indexed the same product before. Rows that are there are locked, and not written.
insert into search.products as p (shard, id, shop_id, shop_handle, kind, title, text, terms, price_min, sold,
  is_in_stock, popularity, listed_at)
select n.shard, n.id, n.id, '', '', '', '', '', 0, 0, false, 0, $3::timestamptz
from unnest($1::smallint[], $2::uuid[]) as n (shard, id)
on conflict (id, shard) do update set sold = excluded.sold where false;

-- name: get_listings
-- What can be bought, since when, and how it is scored.
select p.id, p.listed_at, coalesce(c.score, $3::smallint) as score
from catalog.public_products p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id and s.status = 'open'
left join search.scores c on c.shard = p.shard and c.product_id = p.id
where p.shard = any ($1::smallint[]) and p.id = any ($2::uuid[]) and p.status = 'listed';

-- name: save_entries
update search.products p
set shop_id = n.shop_id, shop_handle = n.shop_handle, kind = n.kind, title = n.title, text = n.text,
    terms = array_to_tsvector(string_to_array(n.terms, ' ')), price_min = n.price_min,
    sold = n.sold, is_in_stock = n.is_in_stock, popularity = n.popularity, credit = n.credit, stars = n.stars,
    listed_at = n.listed_at,
    categories = coalesce(string_to_array(nullif(n.categories, ''), ' '), '{}')::uuid[],
    attributes = coalesce(string_to_array(nullif(n.attributes, ''), chr(31)), '{}'), version = $18
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::bigint[], $10::bigint[], $11::boolean[], $12::bigint[], $13::bigint[], $14::bigint[],
            $15::timestamptz[], $16::text[], $17::text[])
  as n (shard, id, shop_id, shop_handle, kind, title, text, terms, price_min, sold, is_in_stock, popularity, credit,
    stars, listed_at, categories, attributes)
where p.shard = any ($1::smallint[]) and p.shard = n.shard and p.id = n.id;

-- name: save_scores
insert into search.scores (shard, product_id, score)
select n.shard, n.product_id, n.score
from unnest($1::smallint[], $2::uuid[], $3::smallint[]) as n (shard, product_id, score)
order by n.product_id
on conflict (product_id, shard) do update set score = excluded.score;

-- name: remove_entries
delete from search.products where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: get_products_after
-- Every product there is, or was when it was indexed, in the order of ids.
select found.id
from (
  (select p.id from catalog.public_products p where p.shard between 0 and 63 and p.id > $1 order by p.id limit $2)
  union
  (select i.id from search.products i where i.shard between 0 and 63 and i.id > $1 order by i.id limit $2)) found
order by found.id
limit $2;

-- name: get_goods_of_shops
select found.id
from (
  select p.id from catalog.public_products p where p.shard = any ($1::smallint[]) and p.shop_id = any ($2::uuid[])
  union
  select i.id from search.products i where i.shard = any ($1::smallint[]) and i.shop_id = any ($2::uuid[])) found
where found.id > $3
order by found.id
limit $4;

-- name: get_products_of_skus
select distinct k.product_id
from catalog.public_skus k
where k.shard = any ($1::smallint[]) and k.id = any ($2::uuid[]);

-- name: get_stale
-- What the index says otherwise than the catalog, the stock and the scores, in a slice of all products in the order of ids, and
-- where the slice ends, if there is more behind it. Sales count from a twentieth more on: each change of a row costs as
-- much as to index it. Rows that an earlier program made are made anew.
with slice as materialized (
  select p.shard, p.id, p.shop_id, p.status, p.sold
  from catalog.public_products p
  where p.shard between 0 and 63 and p.id > $1
  order by p.id
  limit $2),
in_stock as materialized (
  select distinct k.shard, k.product_id
  from slice p
  join catalog.public_skus k on k.shard = p.shard and k.product_id = p.id
  join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
  where k.is_listed and t.available > 0)
select
  (select l.id from slice l order by l.id offset $2 - 1) as last,
  array(
    select p.id
    from slice p
    join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
    left join search.products i on i.shard = p.shard and i.id = p.id
    left join search.scores c on c.shard = p.shard and c.product_id = p.id
    left join in_stock k on k.shard = p.shard and k.product_id = p.id
    where (p.status = 'listed' and s.status = 'open') <> (i.id is not null)
      or i.version <> $3
      or abs(p.sold - i.sold) * 20 > i.sold
      or i.stars / 1000000000000 <> coalesce(c.score, $5::smallint)
      or i.is_in_stock <> (k.product_id is not null)
    order by p.id
    limit $4) as stale;

-- name: find_products
-- All that has the words, up to a number of candidates, with a page of it and what it is. `found` over that number
-- means that the search is broad: then there is no page. `+ 0` keeps the index of prices out: it would be read whole.
with found as materialized (
  select p.shard, p.id, p.shop_id, p.shop_handle, p.kind, p.price_min, p.categories, p.attributes,
    case $4
      when 'relevance' then ((p.title like $3)::int * 4 + (p.title like all ($2::text[]))::int * 2
        + p.is_in_stock::int) * 1000000000000 + p.popularity
      when 'sales' then p.sold
      when 'credit' then p.credit
      when 'stars' then p.stars
      when 'newest' then (extract(epoch from p.listed_at) * 1000000)::bigint
      when 'cheapest' then -p.price_min
      else p.price_min
    end as key
  from search.products p
  where p.shard between 0 and 63 and p.terms @@ $1::text::tsquery and p.text like all ($2::text[])
    and p.price_min + 0 between $5 and $6 and (p.is_in_stock or not $7)
    and ($8::text is null or p.kind = $8) and ($9::text is null or p.shop_handle = $9)
  limit $10),
hits as materialized (
  select f.shard, f.id, f.key from found f
  where (f.key, f.id) < ($11::bigint, $12::uuid) and (select count(*) from found) < $10
  order by f.key desc, f.id desc
  limit $13)
select (select count(*) from found) as found,
  (select jsonb_agg(jsonb_build_object('kind', k.kind, 'products', k.products) order by k.products desc, k.kind)
   from (select f.kind, count(*) as products from found f where f.kind <> ''
         group by f.kind order by products desc, f.kind limit $14) k) as kinds,
  (select jsonb_agg(jsonb_build_object('handle', s.handle, 'name', s.name, 'products', n.products)
     order by n.products desc, s.handle)
   from (select f.shard, f.shop_id, count(*) as products from found f
         group by f.shard, f.shop_id order by products desc, f.shop_id limit $14) n
   join shops.public_shops s on s.shard = n.shard and s.id = n.shop_id) as shops,
  (select jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'name_en', c.name_en, 'products', n.products)
     order by n.products desc, c.name)
   from (select u.id, count(*) as products from (select unnest(f.categories) as id from found f) u
         group by u.id order by products desc, u.id limit $14) n
   join catalog.public_categories c on c.id = n.id) as categories,
  (select jsonb_agg(jsonb_build_object('attribute', n.attribute, 'products', n.products)
     order by n.products desc, n.attribute)
   from (select u.attribute, count(*) as products from (select unnest(f.attributes) as attribute from found f) u
         group by u.attribute order by products desc, u.attribute limit $14) n) as attributes,
  (select percentile_disc(array[0.25, 0.5, 0.75]) within group (order by f.price_min) from found f) as prices,
  (select jsonb_agg(to_jsonb(c) order by c.key desc, c.id desc)
   from (
     select h.key, p.id, p.shop_id, s.name as shop_name, s.handle as shop_handle, p.title, p.kind,
       p.pictures -> 0 ->> 'url' as picture, p.price_min, p.price_max, p.sold, p.delivery, p.presale,
       p.status = 'listed' and s.status = 'open' as is_for_sale,
       (select coalesce(max(t.available), 0) <= 0
        from catalog.public_skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
        where k.shard = p.shard and k.product_id = p.id and k.is_listed) as is_sold_out
     from hits h
     join catalog.public_products p on p.shard = h.shard and p.id = h.id
     join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id) c) as products;

-- name: walk_products
-- A page of a broad search: the index of its order is walked until the page is full. Only the branch of the order runs,
-- and what it gives is filtered as it comes. By popularity a window is filled instead, and ranked; `passed` of it were on
-- pages before.
with hits as materialized (
  select w.shard, w.id, w.key,
    case when $3 = 'relevance'
      then (w.title like $2)::int * 4 + (w.title like all ($1::text[]))::int * 2 + w.is_in_stock::int
      else 0 end as rank
  from (
    (select p.*, p.popularity as key from search.products p
     where $3 = 'relevance' and p.shard between 0 and 63 and (p.popularity, p.id) < ($8::bigint, $9::uuid)
     order by p.popularity desc, p.id desc limit $10)
    union all
    (select p.*, p.sold from search.products p
     where $3 = 'sales' and p.shard between 0 and 63 and (p.sold, p.id) < ($8::bigint, $9::uuid)
     order by p.sold desc, p.id desc limit $10)
    union all
    (select p.*, p.credit from search.products p
     where $3 = 'credit' and p.shard between 0 and 63 and (p.credit, p.id) < ($8::bigint, $9::uuid)
     order by p.credit desc, p.id desc limit $10)
    union all
    (select p.*, p.stars from search.products p
     where $3 = 'stars' and p.shard between 0 and 63 and (p.stars, p.id) < ($8::bigint, $9::uuid)
     order by p.stars desc, p.id desc limit $10)
    union all
    (select p.*, (extract(epoch from p.listed_at) * 1000000)::bigint from search.products p
     where $3 = 'newest' and p.shard between 0 and 63
       and (p.listed_at, p.id) < (timestamptz 'epoch' + $8::bigint * interval '1 microsecond', $9::uuid)
     order by p.listed_at desc, p.id desc limit $10)
    union all
    (select p.*, p.price_min from search.products p
     where $3 = 'cheapest' and p.shard between 0 and 63 and (p.price_min, p.id) > ($8::bigint, $9::uuid)
       and p.price_min between $4 and $5
     order by p.price_min, p.id limit $10)
    union all
    (select p.*, p.price_min from search.products p
     where $3 = 'dearest' and p.shard between 0 and 63 and (p.price_min, p.id) < ($8::bigint, $9::uuid)
       and p.price_min between $4 and $5
     order by p.price_min desc, p.id desc limit $10)) w
  where w.text like all ($1::text[]) and w.price_min between $4 and $5 and (w.is_in_stock or not $6)
    and ($7::text is null or w.kind = $7) and ($11::text is null or w.shop_handle = $11)
    and ($15::uuid is null or $15 = any (w.categories)) and w.attributes @> $16::text[]
  limit $13),
shown as materialized (
  select h.shard, h.id, h.key, h.rank,
    row_number() over (order by h.rank desc, case when $3 = 'cheapest' then -h.key else h.key end desc,
      case when $3 = 'cheapest' then h.id end, h.id desc) as place,
    count(*) over () as hits,
    min(h.key) over () as last_key
  from hits h)
select h.place, h.key, h.hits, h.last_key,
  (select l.id from hits l where l.key = h.last_key order by l.id limit 1) as last_id,
  p.id, p.shop_id, s.name as shop_name, s.handle as shop_handle, p.title, p.kind,
  p.pictures -> 0 ->> 'url' as picture, p.price_min, p.price_max, p.sold, p.delivery, p.presale,
  p.status = 'listed' and s.status = 'open' as is_for_sale,
  (select coalesce(max(t.available), 0) <= 0
   from catalog.public_skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
   where k.shard = p.shard and k.product_id = p.id and k.is_listed) as is_sold_out
from shown h
join catalog.public_products p on p.shard = h.shard and p.id = h.id
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
where p.shard between 0 and 63 and h.place > $12 and h.place <= $12 + $14
order by h.place;

-- name: find_similar
-- What sounds like the words, or has them but for a slip, the most popular first. Where there is nothing of that, what
-- has some of them in its title, the most of them first.
-- Of as many as are ranked anywhere ($7): what is shown is the best of those.
with alike as materialized (
  (select p.shard, p.id, p.title, p.popularity, 0 as words
   from search.products p
   where p.shard between 0 and 63 and p.terms @@ $1::text::tsquery
     and p.price_min + 0 between $4 and $5 and (p.is_in_stock or not $6)
   limit $7)
  union
  (select p.shard, p.id, p.title, p.popularity, 0
   from search.products p
   where p.shard between 0 and 63 and p.terms @@ $2::text::tsquery and p.title ~ $3
     and p.price_min + 0 between $4 and $5 and (p.is_in_stock or not $6)
   limit $7)),
loose as materialized (
  select f.shard, f.id, f.title, f.popularity,
    (select count(*) from unnest($10::text[]) as w (pattern) where f.title like w.pattern) as words
  from (
    select p.shard, p.id, p.title, p.popularity
    from search.products p
    where p.shard between 0 and 63 and p.terms @@ $9::text::tsquery and p.title like any ($10::text[])
      and p.price_min + 0 between $4 and $5 and (p.is_in_stock or not $6) and not exists (select from alike)
    limit $7) f),
hits as materialized (
  select * from (select * from alike union all select * from loose) f
  order by words desc, popularity desc, id desc limit $8)
select h.title as folded, p.id, p.shop_id, s.name as shop_name, s.handle as shop_handle, p.title, p.kind,
  p.pictures -> 0 ->> 'url' as picture, p.price_min, p.price_max, p.sold, p.delivery, p.presale,
  p.status = 'listed' and s.status = 'open' as is_for_sale,
  (select coalesce(max(t.available), 0) <= 0
   from catalog.public_skus k join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
   where k.shard = p.shard and k.product_id = p.id and k.is_listed) as is_sold_out
from hits h
join catalog.public_products p on p.shard = h.shard and p.id = h.id
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
where p.shard between 0 and 63
order by h.words desc, h.popularity desc, h.id desc;

-- name: suggest
-- Words that others search and that begin so, then titles that have the words, or sound like them. `+ 0`: a few of all products
-- are looked for by their terms, and not on a walk through their keys.
(select 'word' as what, w.word as text, w.visitors::bigint as weight
 from (
   select w.word, sum(w.visitors) as visitors
   from search.words w
   where w.shard between 0 and 63 and w.word >= $1 and w.word < $1 || chr(1114111) and w.day > $2
     and w.visitors >= $3
     and not exists (select from search.hidden_words h where h.shard = w.shard and h.word = w.word)
   group by w.word
   order by visitors desc, w.word
   limit $8) w)
union all
(select 'title', c.title, f.popularity
 from (
   select * from (
     (select p.shard, p.id, p.popularity from search.products p
      where p.shard + 0 between 0 and 63 and p.terms @@ $4::text::tsquery and p.text like all ($5::text[])
      limit $7)
     union
     (select p.shard, p.id, p.popularity from search.products p
      where p.shard + 0 between 0 and 63 and p.terms @@ $6::text::tsquery
      limit $7)) n
   order by n.popularity desc, n.id desc
   limit $8) f
 join catalog.public_products c on c.shard = f.shard and c.id = f.id
 where c.status = 'listed')
order by what desc, weight desc, text;

-- name: get_beginning
-- The hot words, and the kinds of what is popular.
(select 'word' as what, w.word as text, w.visitors
 from (
   select n.word, sum(n.visitors)::bigint as visitors
   from (
     select w.word, w.visitors from search.words w
     where w.shard between 0 and 63 and w.day > $1 and w.visitors >= 3
       and not exists (select from search.hidden_words h where h.shard = w.shard and h.word = w.word)
     order by w.visitors desc, w.word
     limit 200) n
   group by n.word
   order by visitors desc, n.word
   limit $2) w)
union all
(select 'kind', k.kind, k.products
 from (
   select n.kind, count(*) as products
   from (select p.kind from search.products p where p.shard between 0 and 63
         order by p.popularity desc, p.id desc limit 300) n
   where n.kind <> ''
   group by n.kind
   order by products desc, n.kind
   limit $2) k)
order by what desc, visitors desc, text;

-- name: lock_words
select w.word, w.bits
from search.words w
where w.shard = any ($1::smallint[]) and w.word = any ($2::text[]) and w.day = $3
order by w.word
for no key update;

-- name: count_words_of_day
select count(*) from search.words where shard between 0 and 63 and day = $1;

-- name: save_words
-- Somebody else may have begun to count the same word meanwhile: bits add up in whatever order.
insert into search.words as w (shard, word, day, bits, visitors)
select n.shard, n.word, $5, n.bits, n.visitors
from unnest($1::smallint[], $2::text[], $3::bytea[], $4::integer[]) as n (shard, word, bits, visitors)
on conflict (word, day, shard) do update set bits = excluded.bits, visitors = excluded.visitors;

-- name: forget_words
-- What is over, and of days that are over what will never be shown.
delete from search.words w
where w.shard between 0 and 63 and (w.day <= $1 or w.day < $2 and w.visitors < $3);

-- name: lock_hidden_words
select h.word
from search.hidden_words h
where h.shard = any ($1::smallint[]) and h.word = any ($2::text[])
order by h.word
for update;

-- name: add_hidden_words
insert into search.hidden_words (shard, word, hidden_at)
select n.shard, n.word, $3
from unnest($1::smallint[], $2::text[]) as n (shard, word)
on conflict do nothing;

-- name: remove_hidden_words
delete from search.hidden_words where shard = any ($1::smallint[]) and word = any ($2::text[]);

-- name: list_hot_words
-- For the operator: the hot words, and those that are hidden.
(select w.word, w.visitors, h.word is not null as is_hidden
 from (
   select n.shard, n.word, sum(n.visitors)::bigint as visitors
   from (
     select w.shard, w.word, w.visitors from search.words w
     where w.shard between 0 and 63 and w.day > $1 and w.visitors >= 3
     order by w.visitors desc, w.word
     limit 500) n
   group by n.shard, n.word
   order by visitors desc, n.word
   limit $2) w
 left join search.hidden_words h on h.shard = w.shard and h.word = w.word)
union
(select h.word, coalesce(sum(w.visitors), 0)::bigint, true
 from search.hidden_words h
 left join search.words w on w.shard = h.shard and w.word = h.word and w.day > $1
 where h.shard between 0 and 63
 group by h.shard, h.word, h.hidden_at
 order by h.hidden_at desc
 limit $2)
order by visitors desc, word;
