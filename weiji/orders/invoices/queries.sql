-- name: lock_books
-- Makes the books that are not there yet. In the order of their people, so that two batches never wait for each other.
insert into orders.invoice_books (shard, person_id, changed_at)
select shard, person_id, $3 from unnest($1::smallint[], $2::uuid[]) as b (shard, person_id)
order by person_id
on conflict (person_id, shard) do update set changed_at = excluded.changed_at
returning person_id, titles;

-- name: write_books
update orders.invoice_books b set titles = n.titles
from unnest($1::smallint[], $2::uuid[], $3::jsonb[]) as n (shard, person_id, titles)
where b.shard = any ($1::smallint[]) and b.shard = n.shard and b.person_id = n.person_id;

-- name: get_titles
select titles from orders.invoice_books where shard = $1 and person_id = $2;

-- name: put_offers
-- Gives those that said something else before.
insert into orders.invoice_offers as o (shard, shop_id, is_offered, changed_at)
select shard, shop_id, is_offered, $4 from unnest($1::smallint[], $2::uuid[], $3::boolean[]) as n (shard, shop_id, is_offered)
order by shop_id
on conflict (shop_id, shard) do update set is_offered = excluded.is_offered, changed_at = excluded.changed_at
  where o.is_offered <> excluded.is_offered
returning shop_id;

-- name: get_offering
select shop_id from orders.invoice_offers where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and is_offered;

-- name: share_orders
-- Whoever takes money of these orders back waits: the event of it then finds the invoice that was asked for meanwhile.
select id, shop_id, buyer_id, state, total - refunded as kept, settled_at
from orders.orders
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for share;

-- name: lock_invoices
select order_id, shop_id, buyer_id, state, title, requested_at, changed_at, amount, reason, is_lapsed
from orders.invoices
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[])
order by order_id
for no key update;

-- name: get_papers_named
-- Papers that are there already, by id or by number.
select id, order_id, shop_id, number
from orders.invoice_papers
where shard = any ($1::smallint[]) and (id = any ($2::uuid[]) or shop_id = any ($3::uuid[]) and number = any ($4::text[]));

-- name: put_invoices
insert into orders.invoices
  (shard, order_id, shop_id, buyer_id, state, title, requested_at, changed_at, amount, reason, is_lapsed)
select shard, order_id, shop_id, buyer_id, state, title, requested_at, changed_at, amount, reason, is_lapsed
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::jsonb[], $7::timestamptz[], $8::timestamptz[],
  $9::bigint[], $10::text[], $11::boolean[])
  as i (shard, order_id, shop_id, buyer_id, state, title, requested_at, changed_at, amount, reason, is_lapsed)
on conflict (order_id, shard) do update set
  state = excluded.state, title = excluded.title, amount = excluded.amount, reason = excluded.reason,
  requested_at = excluded.requested_at, changed_at = excluded.changed_at, is_lapsed = excluded.is_lapsed;

-- name: add_papers
insert into orders.invoice_papers
  (shard, id, order_id, shop_id, kind, number, issued_on, amount, added_at, media_type, size, sealed)
select shard, id, order_id, shop_id, kind, number, issued_on, amount, added_at, media_type, nullif(size, 0), sealed
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::date[], $8::bigint[],
  $9::timestamptz[], $10::text[], $11::integer[], $12::bytea[])
  as p (shard, id, order_id, shop_id, kind, number, issued_on, amount, added_at, media_type, size, sealed);

-- name: get_invoice
-- An order with its invoice, if one was asked for, and the papers of it: all that a page shows.
select o.id, o.number, o.shop_id, o.shop_name, o.buyer_id, o.buyer_name, o.state,
  o.total - o.refunded as kept, o.total, o.placed_at, o.settled_at,
  s.handle as shop_handle,
  exists (select from orders.invoice_offers f where f.shard = o.shard and f.shop_id = o.shop_id and f.is_offered) as is_offered,
  (select jsonb_build_object('order_id', i.order_id, 'shop_id', i.shop_id, 'buyer_id', i.buyer_id, 'state', i.state,
     'title', i.title, 'amount', i.amount, 'reason', i.reason, 'requested_at', i.requested_at, 'changed_at', i.changed_at,
     'is_lapsed', i.is_lapsed)
   from orders.invoices i where i.shard = o.shard and i.order_id = o.id) as invoice,
  (select jsonb_agg(to_jsonb(p)) from (
    select id, kind, number, issued_on, amount, added_at, media_type, coalesce(size, 0) as size
    from orders.invoice_papers where shard = o.shard and order_id = o.id
    order by added_at desc, id desc limit $3) as p) as papers
from orders.orders o
join shops.public_shops s on s.shard = o.shard and s.id = o.shop_id
where o.shard = $1 and o.id = $2;

-- name: get_file
select p.order_id, p.shop_id, i.buyer_id, p.number, p.media_type, p.sealed
from orders.invoice_papers p
join orders.invoices i on i.shard = p.shard and i.order_id = p.order_id
where p.shard = $1 and p.id = $2 and p.sealed is not null;

-- name: get_invoice_desk
-- A shop, whether it makes out invoices, and how many of them stand where.
select s.id, s.handle, s.name,
  coalesce((select f.is_offered from orders.invoice_offers f where f.shard = s.shard and f.shop_id = s.id), false) as is_offered,
  (select jsonb_object_agg(state, n) from (
    select state, count(*) as n from orders.invoices
    where shard = s.shard and shop_id = s.id and state in ('requested', 'to_correct')
    group by state) as counted) as counts
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: list_invoices_of_shop
-- In one state or two, each found by itself: there may be few among very many; or in more.
select i.order_id, i.shop_id, i.buyer_id, i.state, i.title, i.amount, i.reason, i.requested_at, i.changed_at, i.is_lapsed,
  o.number, o.buyer_name, o.state as order_state, o.total - o.refunded as kept
from (
  (select * from orders.invoices
   where cardinality($3::text[]) <= 2 and shard = $1 and shop_id = $2 and state = ($3::text[])[1]
     and ($4::timestamptz is null or (requested_at, order_id) < ($4, $5))
   order by requested_at desc, order_id desc
   limit $6)
  union all
  (select * from orders.invoices
   where cardinality($3::text[]) = 2 and shard = $1 and shop_id = $2 and state = ($3::text[])[2]
     and ($4::timestamptz is null or (requested_at, order_id) < ($4, $5))
   order by requested_at desc, order_id desc
   limit $6)
  union all
  (select * from orders.invoices
   where cardinality($3::text[]) > 2 and shard = $1 and shop_id = $2 and state = any ($3::text[])
     and ($4::timestamptz is null or (requested_at, order_id) < ($4, $5))
   order by requested_at desc, order_id desc
   limit $6)
) i
join orders.orders o on o.shard = i.shard and o.id = i.order_id
where i.shard = $1
order by i.requested_at desc, i.order_id desc
limit $6;

-- name: list_whole_of_shop
-- Invoices of a shop with their papers, in the order of their orders: for whoever takes all of them along.
select i.order_id, i.shop_id, i.buyer_id, i.state, i.title, i.amount, i.reason, i.requested_at, i.changed_at, i.is_lapsed,
  o.number, o.buyer_name,
  (select jsonb_agg(to_jsonb(p) order by p.added_at, p.id) from (
    select id, kind, number, issued_on, amount, added_at, media_type, coalesce(size, 0) as size
    from orders.invoice_papers where shard = i.shard and order_id = i.order_id) as p) as papers
from orders.invoices i
join orders.orders o on o.shard = i.shard and o.id = i.order_id
where i.shard = $1 and i.shop_id = $2 and i.order_id > $3
order by i.order_id
limit $4;

-- name: list_invoices_of_buyer
-- Like a buyer's orders they lie with the shops: on a cluster this asks every node, each for one page at most.
select i.order_id, i.shop_id, i.buyer_id, i.state, i.title, i.amount, i.reason, i.requested_at, i.changed_at, i.is_lapsed,
  o.number, o.buyer_name, o.state as order_state, o.total - o.refunded as kept
from orders.invoices i
join orders.orders o on o.shard = i.shard and o.id = i.order_id
where i.shard between 0 and 63 and i.buyer_id = $1
  and ($2::timestamptz is null or (i.requested_at, i.order_id) < ($2, $3))
order by i.requested_at desc, i.order_id desc
limit $4;
