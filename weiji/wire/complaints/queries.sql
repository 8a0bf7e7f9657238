-- name: find_orders
select id, order_id from wire.complaints where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: find_complained
-- Of orders, those that somebody complained about.
select distinct order_id from wire.complaints where shard = any ($1::smallint[]) and order_id = any ($2::uuid[]);

-- name: read_complaints
select id, order_id, shop_id, maker_id, payer_id, number, reason, words, proof, amount, state, said_last, payer_said, shop_said,
  ruling, objections, refund_id, due_at, asked_at, further_at, ended_at, decided_at, marks
from wire.complaints
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[])
order by asked_at;

-- name: add_complaints
insert into wire.complaints (shard, id, order_id, shop_id, maker_id, payer_id, number, reason, words, proof, amount, state, said_last,
  payer_said, shop_said, ruling, objections, refund_id, due_at, asked_at, further_at, ended_at, decided_at, marks)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::smallint[], $8::text[],
  $9::text[], $10::jsonb[], $11::bigint[], $12::text[], $13::text[], $14::smallint[], $15::smallint[], $16::jsonb[], $17::jsonb[],
  $18::uuid[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[], $22::timestamptz[], $23::timestamptz[], $24::jsonb[]);

-- name: change_complaints
update wire.complaints as c
set amount = n.amount, state = n.state, said_last = n.said_last, payer_said = n.payer_said, shop_said = n.shop_said,
  ruling = n.ruling, objections = n.objections, refund_id = n.refund_id, due_at = n.due_at, further_at = n.further_at,
  ended_at = n.ended_at, decided_at = n.decided_at, marks = n.marks
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::smallint[], $7::smallint[], $8::jsonb[],
  $9::jsonb[], $10::uuid[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::jsonb[])
  as n (shard, id, amount, state, said_last, payer_said, shop_said, ruling, objections, refund_id, due_at, further_at, ended_at,
    decided_at, marks)
where c.shard = any ($1::smallint[]) and c.shard = n.shard and c.id = n.id;

-- name: get_files
-- Complaints with what they are about: the order and the name of its shop.
select c.id, c.order_id, c.shop_id, c.maker_id, c.payer_id, c.number, c.reason, c.words, c.proof, c.amount, c.state, c.said_last,
  c.payer_said, c.shop_said, c.ruling, c.objections, c.refund_id, c.due_at, c.asked_at, c.further_at, c.ended_at, c.decided_at, c.marks,
  o.number as order_number, o.description, o.total, o.refunded, o.discount + o.prepaid as off, o.mchid, o.paid_at, o.channel,
  s.name as shop_name, s.handle as shop_handle
from wire.complaints c
join wire.merchant_orders o on o.shard = c.shard and o.id = c.order_id
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard = any ($1::smallint[]) and c.id = any ($2::uuid[]);

-- name: get_last_of_order
select c.id, c.order_id, c.shop_id, c.maker_id, c.payer_id, c.number, c.reason, c.words, c.proof, c.amount, c.state, c.said_last,
  c.payer_said, c.shop_said, c.ruling, c.objections, c.refund_id, c.due_at, c.asked_at, c.further_at, c.ended_at, c.decided_at, c.marks,
  o.number as order_number, o.description, o.total, o.refunded, o.discount + o.prepaid as off, o.mchid, o.paid_at, o.channel,
  s.name as shop_name, s.handle as shop_handle
from wire.complaints c
join wire.merchant_orders o on o.shard = c.shard and o.id = c.order_id
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard = $1 and c.order_id = $2
order by c.asked_at desc
limit 1;

-- name: list_of_payer
-- They lie with the shops: every shard is asked, each for one page at most.
select c.id, c.order_id, c.shop_id, c.maker_id, c.payer_id, c.number, c.reason, c.words, c.proof, c.amount, c.state, c.said_last,
  c.payer_said, c.shop_said, c.ruling, c.objections, c.refund_id, c.due_at, c.asked_at, c.further_at, c.ended_at, c.decided_at, c.marks,
  o.number as order_number, o.description, o.total, o.refunded, o.discount + o.prepaid as off, o.mchid, o.paid_at, o.channel,
  s.name as shop_name, s.handle as shop_handle
from wire.complaints c
join wire.merchant_orders o on o.shard = c.shard and o.id = c.order_id
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard between 0 and 63 and c.payer_id = $1
  and (c.asked_at, c.id)
    < (coalesce($2, 'infinity'::timestamptz), coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by c.asked_at desc, c.id desc
limit $4;

-- name: list_of_shop
select c.id, c.order_id, c.shop_id, c.maker_id, c.payer_id, c.number, c.reason, c.words, c.proof, c.amount, c.state, c.said_last,
  c.payer_said, c.shop_said, c.ruling, c.objections, c.refund_id, c.due_at, c.asked_at, c.further_at, c.ended_at, c.decided_at, c.marks,
  o.number as order_number, o.description, o.total, o.refunded, o.discount + o.prepaid as off, o.mchid, o.paid_at, o.channel,
  s.name as shop_name, s.handle as shop_handle
from wire.complaints c
join wire.merchant_orders o on o.shard = c.shard and o.id = c.order_id
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard = $1 and c.shop_id = $2
  and (c.asked_at, c.id)
    < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by c.asked_at desc, c.id desc
limit $5;

-- name: list_with_staff
-- What waits for the staff, whose time ends first.
select c.id, c.order_id, c.shop_id, c.maker_id, c.payer_id, c.number, c.reason, c.words, c.proof, c.amount, c.state, c.said_last,
  c.payer_said, c.shop_said, c.ruling, c.objections, c.refund_id, c.due_at, c.asked_at, c.further_at, c.ended_at, c.decided_at, c.marks,
  o.number as order_number, o.description, o.total, o.refunded, o.discount + o.prepaid as off, o.mchid, o.paid_at, o.channel,
  s.name as shop_name, s.handle as shop_handle
from wire.complaints c
join wire.merchant_orders o on o.shard = c.shard and o.id = c.order_id
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard between 0 and 63 and c.state in ('reviewing', 'proposed')
  and (c.due_at, c.id) > (coalesce($1, '-infinity'::timestamptz), coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid))
order by c.due_at, c.id
limit $3;

-- name: list_decided
-- What was with the staff and is not any more, the newest first.
select c.id, c.order_id, c.shop_id, c.maker_id, c.payer_id, c.number, c.reason, c.words, c.proof, c.amount, c.state, c.said_last,
  c.payer_said, c.shop_said, c.ruling, c.objections, c.refund_id, c.due_at, c.asked_at, c.further_at, c.ended_at, c.decided_at, c.marks,
  o.number as order_number, o.description, o.total, o.refunded, o.discount + o.prepaid as off, o.mchid, o.paid_at, o.channel,
  s.name as shop_name, s.handle as shop_handle
from wire.complaints c
join wire.merchant_orders o on o.shard = c.shard and o.id = c.order_id
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard between 0 and 63 and c.further_at is not null and c.state not in ('reviewing', 'proposed')
  and (c.further_at, c.id)
    < (coalesce($1, 'infinity'::timestamptz), coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by c.further_at desc, c.id desc
limit $3;

-- name: get_due
select id, state from wire.complaints
where shard between 0 and 63 and state in ('asked', 'answered', 'completed') and due_at <= $1
order by due_at
limit $2;

-- name: list_asked
-- What programs are told of as complaints: these, and what is asked for about goods. Of shops, in a time, the newest first, each
-- with how many they are in all: a row without an id where the page has none.
select paged.id, paged.is_case, counted.total
from (select (select count(*) from wire.complaints
    where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and asked_at >= $3 and asked_at < $4)
  + (select count(*) from aftersale.public_cases
    where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and asked_at >= $3 and asked_at < $4) as total) as counted
left join (select x.id, x.is_case, x.asked_at from (
    (select id, false as is_case, asked_at from wire.complaints
     where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and asked_at >= $3 and asked_at < $4
     order by asked_at desc, id desc limit $5::bigint + $6::bigint)
    union all
    (select id, true, asked_at from aftersale.public_cases
     where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and asked_at >= $3 and asked_at < $4
     order by asked_at desc, id desc limit $5::bigint + $6::bigint)) as x
  order by x.asked_at desc, x.id desc
  offset $5 limit $6) as paged on true
order by paged.asked_at desc, paged.id desc;

-- name: list_shops_asked
-- Of shops, those against which anything was asked in a time.
select shop_id from wire.complaints
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and asked_at >= $3 and asked_at < $4
union
select shop_id from aftersale.public_cases
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and asked_at >= $3 and asked_at < $4;

-- name: get_written
-- Complaints of a shard in which something may have been said since a time, some at a time: nothing is after the end.
select c.id, c.shop_id, c.words, c.asked_at from wire.complaints c
where c.shard = $1 and c.id > $2 and (c.ended_at is null or c.ended_at > $3)
order by c.id
limit $4;
