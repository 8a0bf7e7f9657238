-- name: get_orders
select id, shop_id, buyer_id, buyer_name, address ->> 'name' as name, address ->> 'phone' as phone, gift is not null as is_gift
from orders.orders
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: lock_consents
-- In the order of their keys, so that two batches never wait for each other.
select c.shop_id, c.person_id, c.order_id, c.text_version, c.contact, c.agreed_at, c.withdrawn_at
from unnest($2::uuid[], $3::uuid[]) as asked (shop_id, person_id)
join orders.consents c on c.shop_id = asked.shop_id and c.person_id = asked.person_id
where c.shard = any ($1::smallint[])
order by c.shop_id, c.person_id
for no key update of c;

-- name: put_consents
insert into orders.consents (shard, shop_id, person_id, order_id, text_version, contact, agreed_at, withdrawn_at)
select shard, shop_id, person_id, order_id, text_version, contact, agreed_at, withdrawn_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[], $6::bytea[], $7::timestamptz[],
  $8::timestamptz[]) as c (shard, shop_id, person_id, order_id, text_version, contact, agreed_at, withdrawn_at)
order by shop_id, person_id
on conflict (shop_id, person_id, shard) do update set
  order_id = excluded.order_id, text_version = excluded.text_version, contact = excluded.contact,
  agreed_at = excluded.agreed_at, withdrawn_at = excluded.withdrawn_at;

-- name: get_agreed
-- With which of these shops somebody agreed, to the text of today.
select shop_id from orders.consents
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and person_id = $3 and withdrawn_at is null
  and text_version = $4;

-- name: list_customers
-- Who agreed, the newest first, and what they bought.
select c.person_id, c.contact, c.agreed_at, c.text_version, o.orders, o.spent, o.last_order_at
from (
  select shard, shop_id, person_id, contact, agreed_at, text_version
  from orders.consents
  where shard = $1 and shop_id = $2 and withdrawn_at is null
    and ($3::timestamptz is null or (agreed_at, person_id) < ($3, $4))
  order by agreed_at desc, person_id desc
  limit $5) as c
cross join lateral (
  select count(*) filter (where state not in ('created', 'closed'))::integer as orders,
    coalesce(sum(total - refunded) filter (where state = 'completed'), 0)::bigint as spent,
    max(placed_at) as last_order_at
  from orders.orders
  where shard = $1 and shop_id = $2 and buyer_id = c.person_id) as o
order by c.agreed_at desc, c.person_id desc;

-- name: get_customer_desk
select s.id, s.handle, s.name,
  (select count(*) from orders.consents c
   where c.shard = s.shard and c.shop_id = s.id and c.withdrawn_at is null)::integer as customers
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: list_reached
-- The consents of a person lie with the shops: on a cluster this asks every node.
select c.shop_id, s.name as shop_name, s.handle as shop_handle, c.person_id, c.contact, c.agreed_at, c.text_version
from orders.consents c
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard between 0 and 63 and c.person_id = $1 and c.withdrawn_at is null
order by c.agreed_at desc, c.shop_id
limit $2;

-- name: get_wishable
-- Shops with what a buyer may wish of them besides the goods.
select s.id as shop_id, s.name as shop_name,
  exists (select from orders.invoice_offers f
    where f.shard = s.shard and f.shop_id = s.id and f.is_offered) as is_invoice_offered,
  exists (select from orders.consents c where c.shard = s.shard and c.shop_id = s.id and c.person_id = $3
    and c.withdrawn_at is null and c.text_version = $4) as is_agreed
from shops.public_shops s
where s.shard = any ($1::smallint[]) and s.id = any ($2::uuid[])
order by s.id;
