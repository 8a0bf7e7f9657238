-- pre: Since when goods have been on sale under their titles, and what they said while they were: so that it is known what took the
-- title of another, and when. What is there already has had its title for ever.
alter table catalog.products add column titled_at timestamptz default '-infinity';
alter table catalog.products alter column titled_at drop default;

-- Neither width, case, spaces nor signs make another title. Of letters of any language, whatever the database was made for.
create function catalog.title_mark(title text) returns text language sql immutable parallel safe
return nullif(lower(regexp_replace(normalize(title, nfkc) collate "pg_c_utf8", '[^[:alnum:]]', '', 'g')), '');

create or replace view catalog.public_products as
select p.shard, p.id, p.shop_id, p.title, p.kind, p.tags, p.pictures, p.status, p.price_min, p.price_max, p.sold, p.listed_at,
  p.delivery, p.presale, p.category_id, p.titled_at, catalog.title_mark(p.title) as title_mark
from catalog.products p;

-- What was said by goods that were on sale: until when, where they say it no more, or are off sale. When what is on sale went the time
-- before is kept, too: who takes it off, gives it another title and lists it again has let its title go.
create or replace view catalog.public_sold_texts as
select p.shard, p.id as product_id, p.shop_id, p.title, p.pictures -> 0 ->> 'url' as picture, p.status = 'listed' as is_on_sale,
  p.listed_at, case when p.status <> 'listed' then p.off_sale_at end as off_sale_at, p.titled_at,
  catalog.title_mark(p.title) as title_mark
from catalog.products p
where p.listed_at is not null
union all
select f.shard, f.product_id, p.shop_id, f.title, case when p.status <> 'listed' then f.pictures -> 0 ->> 'url' end, false, p.listed_at,
  case when f.until_at > p.off_sale_at and not (p.status = 'listed' and f.until_at > p.listed_at) then p.off_sale_at else f.until_at end,
  null, catalog.title_mark(f.title)
from catalog.former_texts f
join catalog.products p on p.shard = f.shard and p.id = f.product_id
where (f.until_at > p.listed_at or f.until_at > p.off_sale_at)
  and (p.status <> 'listed' or catalog.title_mark(f.title) is distinct from catalog.title_mark(p.title));
