-- name: find_orders
-- Which orders cases are of. That never changes, so nothing is locked.
select id, order_id from aftersale.cases where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: read_cases
-- All cases of orders. Whoever changes one holds its order, so behind that lock this is how they stand.
select id, order_id, line, shop_id, buyer_id, order_number, shop_name, buyer_name, item, kind, state, quantity, withheld,
  amount, reason, words, proof, freight_by, wanted, reserved, offered_kind, offered_amount, answer, answer_proof,
  reply, reply_proof, said_last, buyer_replies, shop_replies, return_address, return_carrier, return_number,
  reship_carrier, reship_number, refund_id, due_at, asked_at, answered_at, ended_at, suspended_at, hold, return_delivered_at,
  asked_amount
from aftersale.cases
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[])
order by asked_at, id;

-- name: add_cases
insert into aftersale.cases (shard, id, order_id, line, shop_id, buyer_id, order_number, shop_name, buyer_name, item, kind,
  state, quantity, withheld, amount, reason, words, proof, freight_by, wanted, reserved, offered_kind, offered_amount, answer, answer_proof,
  reply, reply_proof, said_last, buyer_replies, shop_replies, return_address, return_carrier, return_number, reship_carrier, reship_number, refund_id, due_at, asked_at, answered_at,
  ended_at, suspended_at, hold, return_delivered_at, asked_amount)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::smallint[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
  $9::text[], $10::jsonb[], $11::text[], $12::text[], $13::integer[], $14::integer[], $15::bigint[], $16::text[],
  $17::text[], $18::jsonb[], $19::text[], $20::jsonb[], $21::integer[], $22::text[], $23::bigint[], $24::text[], $25::jsonb[],
  $26::text[], $27::jsonb[], $28::text[], $29::smallint[], $30::smallint[], $31::jsonb[], $32::text[], $33::text[], $34::text[],
  $35::text[], $36::uuid[], $37::timestamptz[], $38::timestamptz[], $39::timestamptz[], $40::timestamptz[], $41::timestamptz[],
  $42::smallint[], $43::timestamptz[], $44::bigint[]);

-- name: change_cases
update aftersale.cases c
set kind = m.kind, state = m.state, withheld = m.withheld, amount = m.amount, reserved = m.reserved,
  offered_kind = m.offered_kind, offered_amount = m.offered_amount, answer = m.answer, answer_proof = m.answer_proof,
  reply = m.reply, reply_proof = m.reply_proof, said_last = m.said_last, buyer_replies = m.buyer_replies,
  shop_replies = m.shop_replies, return_address = m.return_address, return_carrier = m.return_carrier,
  return_number = m.return_number, reship_carrier = m.reship_carrier, reship_number = m.reship_number, refund_id = m.refund_id,
  due_at = m.due_at, answered_at = m.answered_at, ended_at = m.ended_at, suspended_at = m.suspended_at, hold = m.hold,
  return_delivered_at = m.return_delivered_at
from unnest($2::smallint[], $3::uuid[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::integer[], $9::text[],
  $10::bigint[], $11::text[], $12::jsonb[], $13::text[], $14::jsonb[], $15::text[], $16::smallint[], $17::smallint[],
  $18::jsonb[], $19::text[], $20::text[], $21::text[], $22::text[], $23::uuid[], $24::timestamptz[], $25::timestamptz[],
  $26::timestamptz[], $27::timestamptz[], $28::smallint[], $29::timestamptz[])
  as m (shard, id, kind, state, withheld, amount, reserved, offered_kind, offered_amount, answer, answer_proof,
    reply, reply_proof, said_last, buyer_replies, shop_replies, return_address, return_carrier, return_number, reship_carrier,
    reship_number, refund_id, due_at, answered_at, ended_at, suspended_at, hold, return_delivered_at)
where c.shard = any ($1::smallint[]) and c.shard = m.shard and c.id = m.id;

-- name: find_returned_numbers
-- Who has sent something back under some numbers, and to which shop.
select return_number, buyer_id, shop_id from aftersale.cases
where shard between 0 and 63 and return_number = any ($1::text[]) and asked_at > $2;

-- name: get_return_addresses
select shop_id, address from aftersale.return_addresses where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]);

-- name: set_return_addresses
insert into aftersale.return_addresses (shard, shop_id, address, changed_at)
select shard, shop_id, address, $4 from unnest($1::smallint[], $2::uuid[], $3::jsonb[]) as a (shard, shop_id, address)
on conflict (shop_id, shard) do update set address = excluded.address, changed_at = excluded.changed_at;

-- name: get_due_cases
select id, state from aftersale.cases
where shard between 0 and 63 and due_at <= $2 and state = any ($1::text[]) and suspended_at is null
order by due_at
limit $3;

-- name: get_case
-- A case, how often was asked about its line and may be, how its order stands, what is in stock of what would be sent anew,
-- what carriers told of its parcels, and of its shop what pages need.
select c.id, c.order_id, c.line, c.shop_id, c.buyer_id, c.order_number, c.shop_name, c.buyer_name, c.item, c.kind, c.state,
  c.quantity, c.withheld, c.amount, c.reason, c.words, c.proof, c.freight_by, c.wanted, c.reserved, c.offered_kind, c.offered_amount, c.answer, c.answer_proof,
  c.reply, c.reply_proof, c.said_last, c.buyer_replies, c.shop_replies,
  c.return_address, c.return_carrier, c.return_number, c.reship_carrier, c.reship_number, c.refund_id, c.due_at, c.asked_at,
  c.answered_at, c.ended_at, c.suspended_at, c.hold, c.return_delivered_at, c.asked_amount,
  (select count(*) from aftersale.cases b where b.shard = c.shard and b.order_id = c.order_id and b.line = c.line) as asked,
  o.applications_max as asked_max, o.address as sent_to, o.state as order_state, o.is_picked_up,
  (select to_jsonb(d) from orders.public_asking d
   where d.shard = c.shard and d.order_id = c.order_id and d.line = c.line and d.received_at is not null) as asking,
  (select t.available from inventory.public_stock t
   where t.shard = c.shard and t.sku_id = coalesce(c.wanted->>'sku_id', c.item->>'sku_id')::uuid) as in_stock,
  (select a.address from aftersale.return_addresses a where a.shard = c.shard and a.shop_id = c.shop_id) as shop_address,
  (select s.handle from shops.public_shops s where s.shard = c.shard and s.id = c.shop_id) as shop_handle,
  (select jsonb_object_agg(f.id, jsonb_build_object('state', f.state, 'delivered_at', f.delivered_at, 'tracking',
     (select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'text', e.text, 'state', e.state, 'place', e.place)
        order by e.at desc, e.id), '[]')
      from (select * from carriers.public_events t where t.shard = f.shard and t.parcel_id = f.followed_id
            order by t.at desc, t.id limit $4) e)))
   from carriers.public_parcels f
   where f.shard = c.shard and f.id = any ($3::uuid[]) and f.order_id = c.order_id and f.case_id = c.id) as parcels
from aftersale.cases c
left join orders.public_terms o on o.shard = c.shard and o.id = c.order_id
where c.shard = $1 and c.id = $2;

-- name: get_swaps
-- The cases of an order, and the SKUs of products with what is free of each, in their order: what lines may be exchanged for.
select
  (select coalesce(jsonb_agg(to_jsonb(c) order by c.asked_at, c.id), '[]') from aftersale.cases c
   where c.shard = $1 and c.order_id = $2) as cases,
  (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'product_id', k.product_id, 'choices', k.choices, 'price', k.price,
     'is_listed', k.is_listed, 'available', t.available) order by k."position"), '[]')
   from catalog.public_skus k
   join inventory.public_stock t on t.shard = k.shard and t.sku_id = k.id
   where k.shard = $1 and k.product_id = any ($3::uuid[])) as skus;

-- name: get_parcels
-- What carriers told of parcels of an order's cases, how the order stands, and how long its clock has.
select o.state, o.due_at,
  (select jsonb_object_agg(f.id, jsonb_build_object('state', f.state, 'delivered_at', f.delivered_at, 'tracking',
     (select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'text', e.text, 'state', e.state, 'place', e.place)
        order by e.at desc, e.id), '[]')
      from (select * from carriers.public_events t where t.shard = f.shard and t.parcel_id = f.followed_id
            order by t.at desc, t.id limit $4) e)))
   from carriers.public_parcels f
   where f.shard = o.shard and f.id = any ($3::uuid[]) and f.order_id = o.id and f.case_id is not null) as parcels
from orders.public_terms o
where o.shard = $1 and o.id = $2;

-- name: list_cases_of_buyer
-- The cases of a buyer lie with their shops: on a cluster this asks every node, each for one page at most.
select id, order_id, line, shop_id, buyer_id, order_number, shop_name, buyer_name, item, kind, state, quantity, withheld,
  amount, reason, words, proof, freight_by, wanted, reserved, offered_kind, offered_amount, answer, answer_proof,
  reply, reply_proof, said_last, buyer_replies, shop_replies, return_address, return_carrier, return_number,
  reship_carrier, reship_number, refund_id, due_at, asked_at, answered_at, ended_at, suspended_at, hold, return_delivered_at,
  asked_amount
from aftersale.cases
where shard between 0 and 63 and buyer_id = $1 and state = any ($2::text[]) and (asked_at, id) < ($3, $4)
order by asked_at desc, id desc
limit $5;

-- name: list_cases_of_shop
select id, order_id, line, shop_id, buyer_id, order_number, shop_name, buyer_name, item, kind, state, quantity, withheld,
  amount, reason, words, proof, freight_by, wanted, reserved, offered_kind, offered_amount, answer, answer_proof,
  reply, reply_proof, said_last, buyer_replies, shop_replies, return_address, return_carrier, return_number,
  reship_carrier, reship_number, refund_id, due_at, asked_at, answered_at, ended_at, suspended_at, hold, return_delivered_at,
  asked_amount
from aftersale.cases
where shard = $1 and shop_id = $2 and state = any ($3::text[]) and (asked_at, id) < ($4, $5)
order by asked_at desc, id desc
limit $6;

-- name: list_open_cases_of_shop
-- Those of some states that are not over: few of all that a shop ever had, and they have an index of their own.
select id, order_id, line, shop_id, buyer_id, order_number, shop_name, buyer_name, item, kind, state, quantity, withheld,
  amount, reason, words, proof, freight_by, wanted, reserved, offered_kind, offered_amount, answer, answer_proof,
  reply, reply_proof, said_last, buyer_replies, shop_replies, return_address, return_carrier, return_number,
  reship_carrier, reship_number, refund_id, due_at, asked_at, answered_at, ended_at, suspended_at, hold, return_delivered_at,
  asked_amount
from aftersale.cases
where shard = $1 and shop_id = $2 and ended_at is null and state = any ($3::text[]) and (asked_at, id) < ($4, $5)
order by asked_at desc, id desc
limit $6;

-- name: get_cases
select id, order_id, line, shop_id, buyer_id, order_number, shop_name, buyer_name, item, kind, state, quantity, withheld,
  amount, reason, words, proof, freight_by, wanted, reserved, offered_kind, offered_amount, answer, answer_proof,
  reply, reply_proof, said_last, buyer_replies, shop_replies, return_address, return_carrier, return_number,
  reship_carrier, reship_number, refund_id, due_at, asked_at, answered_at, ended_at, suspended_at, hold, return_delivered_at,
  asked_amount
from aftersale.cases
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: list_cases
-- For the operator: the newest of all shops.
select id, order_id, line, shop_id, buyer_id, order_number, shop_name, buyer_name, item, kind, state, quantity, withheld,
  amount, reason, words, proof, freight_by, wanted, reserved, offered_kind, offered_amount, answer, answer_proof,
  reply, reply_proof, said_last, buyer_replies, shop_replies, return_address, return_carrier, return_number,
  reship_carrier, reship_number, refund_id, due_at, asked_at, answered_at, ended_at, suspended_at, hold, return_delivered_at,
  asked_amount
from aftersale.cases
where shard between 0 and 63 and state = any ($1::text[]) and (asked_at, id) < ($2, $3)
order by asked_at desc, id desc
limit $4;

-- name: list_open_cases
-- The same of some states that are not over.
select id, order_id, line, shop_id, buyer_id, order_number, shop_name, buyer_name, item, kind, state, quantity, withheld,
  amount, reason, words, proof, freight_by, wanted, reserved, offered_kind, offered_amount, answer, answer_proof,
  reply, reply_proof, said_last, buyer_replies, shop_replies, return_address, return_carrier, return_number,
  reship_carrier, reship_number, refund_id, due_at, asked_at, answered_at, ended_at, suspended_at, hold, return_delivered_at,
  asked_amount
from aftersale.cases
where shard between 0 and 63 and ended_at is null and state = any ($1::text[]) and (asked_at, id) < ($2, $3)
order by asked_at desc, id desc
limit $4;

-- name: get_shop_desk
-- A shop with what its frame shows, and how many of its cases that are not over stand where.
select s.id, s.handle, s.name, s.status, s.created_at,
  (select jsonb_object_agg(state, n) from (
    select state, count(*) as n from aftersale.cases
    where shard = s.shard and shop_id = s.id and ended_at is null group by state) as counted) as states,
  (select a.address from aftersale.return_addresses a where a.shard = s.shard and a.shop_id = s.id) as shop_address
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: count_cases
-- For the operator: the cases that are not over, by state.
select state, count(*) as n from aftersale.cases where shard between 0 and 63 and ended_at is null group by state;

-- name: get_written
-- Cases of a shard in which something may have been said since a time, some at a time: nothing is after the end.
select c.id, c.shop_id, c.words, c.asked_at from aftersale.cases c
where c.shard = $1 and c.id > $2 and (c.ended_at is null or c.ended_at > $3)
order by c.id
limit $4;
