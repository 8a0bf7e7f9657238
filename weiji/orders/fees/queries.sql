-- name: get_versions
-- Versions that are named.
select version, rules from orders.fee_rules where version = any ($1::integer[]);

-- name: get_charging
-- All that says what is taken: the latest versions, the rules of trade in force and to come, the categories, and the shops that are named.
with latest as (
  select version, effective_at, rules, author_id, approver_id, reason, created_at from orders.fee_rules order by version desc limit $2
)
select
  (select jsonb_agg(l order by l.version desc) from latest l) as versions,
  (select jsonb_agg(jsonb_build_object('version', r.version, 'effective_at', r.effective_at, 'rules', r.rules) order by r.version)
   from orders.rules r where r.version >= (select max(f.version) from orders.rules f where f.effective_at <= $1)) as trade_rules,
  exists (select 1 from shops.public_shops s where s.shard between 0 and 63) as has_shops,
  (select coalesce(jsonb_agg(c), '[]') from catalog.public_categories c) as categories,
  (select coalesce(jsonb_object_agg(s.id, jsonb_build_array(s.handle, s.name)), '{}') from shops.public_shops s
   where s.shard between 0 and 63 and s.id in (
     select (rule ->> 'shop_id')::uuid from latest l, jsonb_array_elements(l.rules -> 'rules') rule
     where rule ->> 'shop_id' is not null)) as shops;

-- name: get_shop
-- A shop as its desk shows it, and its grade.
select s.id, s.handle, s.name, coalesce(c.grade, 0::smallint) as grade
from shops.public_shops s
left join credit.public_standings c on c.shard = s.shard and c.shop_id = s.id
where s.shard = $1 and s.id = $2;

-- name: list_versions
select version, effective_at, rules, author_id, approver_id, reason, created_at from orders.fee_rules
where $1::integer is null or version < $1
order by version desc
limit $2;

-- name: add_version
insert into orders.fee_rules (version, effective_at, rules, author_id, reason, created_at, approver_id, fingerprint)
select $1, $2, $3, $4, $5, $6, $7, $8
where $1 = (select max(version) + 1 from orders.fee_rules)
on conflict do nothing
returning version;

-- name: is_previewed
select exists (select from orders.fee_previews where version = $1 and fingerprint = $2 and previewed_at >= $3);

-- name: note_preview
insert into orders.fee_previews (version, fingerprint, previewed_at) values ($1, $2, $3)
on conflict (version, fingerprint) do update set previewed_at = excluded.previewed_at;

-- name: forget_previews
delete from orders.fee_previews where version <= $1;

-- name: get_traded
-- What shops sold of each category since a time, what sold most first; and the newest orders with their lines. Goods are
-- what shops are paid for them, the platform's subsidy included.
with newest as (
  select o.shard, o.id, o.number, o.shop_id, o.shop_name, o.placed_at
  from orders.orders o
  where o.shard between 0 and 63 and o.placed_at >= $1 and o.state not in ('created', 'closed', 'refunded')
  order by o.placed_at desc, o.id desc
  limit $3
), sold as (
  select o.shop_id, max(o.shop_name) as shop_name, t.category_id, count(*) as lines,
    sum((l.shares ->> 'goods')::bigint + coalesce((l.shares ->> 'subsidy')::bigint, 0))::bigint as goods,
    sum((l.shares ->> 'freight')::bigint)::bigint as freight
  from orders.orders o
  join orders.lines l on l.shard = o.shard and l.order_id = o.id
  left join catalog.public_placements t on t.shard = l.shard and t.product_id = l.product_id
  where o.shard between 0 and 63 and o.placed_at >= $1 and o.state not in ('created', 'closed', 'refunded')
  group by o.shop_id, t.category_id
  order by goods desc
  limit $2
), told as (
  select n.id, n.number, n.shop_id, n.shop_name, n.placed_at, jsonb_agg(jsonb_build_object('category_id', t.category_id,
    'goods', (l.shares ->> 'goods')::bigint + coalesce((l.shares ->> 'subsidy')::bigint, 0),
    'freight', (l.shares ->> 'freight')::bigint) order by l.line) as lines
  from newest n
  join orders.lines l on l.shard = n.shard and l.order_id = n.id
  left join catalog.public_placements t on t.shard = l.shard and t.product_id = l.product_id
  group by n.id, n.number, n.shop_id, n.shop_name, n.placed_at
)
select
  (select coalesce(jsonb_agg(s), '[]') from sold s) as traded,
  (select coalesce(jsonb_agg(o order by o.placed_at desc, o.id desc), '[]') from told o) as orders;
