-- name: read_placing
-- The rules and fees in force, which of the orders to be placed are there already, what their shops may be paid and were, and
-- where what is ordered may be picked up.
select r.version, (select max(f.version) from orders.fee_rules f where f.effective_at <= $3) as fee_version, (
  select jsonb_agg(jsonb_build_object('id', o.id, 'shop_id', o.shop_id, 'buyer_id', o.buyer_id, 'total', o.total,
    'due_at', o.due_at, 'coupons', o.coupons, 'place_id', o.pickup -> 'place_id', 'items', (
      select jsonb_agg(jsonb_build_array(l.sku_id, l.quantity) order by l.line)
      from orders.lines l where l.shard = o.shard and l.order_id = o.id)))
  from orders.orders o where o.shard = any ($1::smallint[]) and o.id = any ($2::uuid[])) as existing, (
  select jsonb_object_agg(s.id, jsonb_build_object('day_max', s.day_sales_max, 'total_max', s.total_sales_max,
    'grade', (select c.grade from credit.public_standings c where c.shard = s.shard and c.shop_id = s.id),
    'day', (select p.day_sales from orders.sales p where p.shard = s.shard and p.shop_id = s.id and p.sold_on = $5),
    'total', (select p.total_sales from orders.sales p where p.shard = s.shard and p.shop_id = s.id)))
  from shops.public_shops s where s.shard = any ($1::smallint[]) and s.id = any ($4::uuid[])) as sales,
  (select jsonb_agg(jsonb_build_array(p.shop_id, jsonb_build_object(
     'place_id', p.id, 'name', p.name, 'address', p.address, 'hours', p.hours, 'phone', p.phone)))
   from freight.public_places p
   where p.shard = any ($1::smallint[]) and p.id = any ($6::uuid[])) as places
from orders.rules r
where r.effective_at <= $3
order by r.version desc
limit 1;

-- name: get_rules
select version, effective_at, rules, author_id, reason, created_at from orders.rules where version = any ($1::integer[]);

-- name: get_rules_in_force
select version, rules from orders.rules where effective_at <= $1 order by version desc limit 1;

-- name: get_terms_in_force
select r.rules, (select max(f.version) from orders.fee_rules f where f.effective_at <= $1) as fee_version
from orders.rules r where r.effective_at <= $1 order by r.version desc limit 1;

-- name: get_common_terms_in_force
select r.rules, (select f.rules from orders.fee_rules f where f.effective_at <= $1 order by f.version desc limit 1) as fee_rules
from orders.rules r where r.effective_at <= $1 order by r.version desc limit 1;

-- name: list_rules
-- With the names of those who published them.
select r.version, r.effective_at, r.rules, r.author_id, r.approver_id, r.reason, r.created_at,
  (select p.display_name from identity.public_people p where p.shard = kit.shard_of(r.author_id) and p.id = r.author_id) as author,
  (select p.display_name from identity.public_people p where p.shard = kit.shard_of(r.approver_id) and p.id = r.approver_id)
    as approver
from orders.rules r
where $1::integer is null or r.version < $1
order by r.version desc
limit $2;

-- name: add_rules
insert into orders.rules (version, effective_at, rules, author_id, reason, created_at, approver_id)
select $1, $2, $3, $4, $5, $6, $7
where $1 = (select max(version) + 1 from orders.rules)
on conflict do nothing
returning version;

-- name: add_orders
with placed as (
  insert into orders.orders
    (shard, id, number, shop_id, shop_name, buyer_id, buyer_name, state, goods, freight, total, fee, address, note, units,
     delivery, ships_at, freight_reasons, gift, discount, subsidy, coupons, settle_days, pickup, rules_version, due_at,
     placed_at, fee_version)
  select shard, id, number, shop_id, shop_name, buyer_id, buyer_name, 'created', goods, freight, total, fee, address, note,
    units, delivery, ships_at, freight_reasons, gift, discount, subsidy, coupons, settle_days, pickup, $17, $18, $19, $40
  from unnest($1::smallint[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::bigint[], $12::jsonb[], $13::text[], $14::integer[], $15::text[],
    $16::timestamptz[], $34::jsonb[], $35::jsonb[], $36::bigint[], $37::bigint[], $38::jsonb[], $39::smallint[],
    $43::jsonb[])
    as o (shard, id, number, shop_id, shop_name, buyer_id, buyer_name, goods, freight, total, fee, address, note, units,
      delivery, ships_at, freight_reasons, gift, discount, subsidy, coupons, settle_days, pickup)
), started as (
  insert into orders.alarms (shard, due_at, id, order_ids)
  select shard, $18, gen_random_uuid(), array_agg(id) from unnest($1::smallint[], $2::uuid[]) as o (shard, id)
  group by shard
)
insert into orders.lines
  (shard, order_id, line, sku_id, product_id, title, choices, picture, kind, price, quantity, amount, reasons, shares,
   no_reason_days, aftersale_days)
select l.shard, l.order_id, l.line, l.sku_id, l.product_id, l.title, array(select jsonb_array_elements_text(l.choices)),
  l.picture, l.kind, l.price, l.quantity, l.amount, l.reasons, l.shares, l.no_reason_days, l.aftersale_days
from unnest($20::smallint[], $21::uuid[], $22::smallint[], $23::uuid[], $24::uuid[], $25::text[], $26::jsonb[], $27::text[],
  $28::text[], $29::bigint[], $30::integer[], $31::bigint[], $32::jsonb[], $33::jsonb[], $41::smallint[], $42::smallint[])
  as l (shard, order_id, line, sku_id, product_id, title, choices, picture, kind, price, quantity, amount, reasons, shares,
    no_reason_days, aftersale_days);

-- name: lock_orders
-- A statement of its own, in id order: what is read after it sees what the last holder of the locks committed.
select id, number, shop_id, shop_name, buyer_id, buyer_name, state, goods, freight, total, fee, rules_version, units,
  units_shipped, due_at, prolonged, payment_id, channel, refund_id, refund_reason, placed_at, paid_at,
  shipped_at, received_at, settled_at, closed_at, refunded_at, delivery, keys_shown_at, ships_at, open_cases, time_left,
  refunded, fee_refunded, open_chargebacks, discount, subsidy, subsidy_refunded, settle_days, coupons, pickup, conceded
from orders.orders
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: read_lines
select order_id, line, sku_id, product_id, title, choices, picture, kind, price, quantity, shipped, amount, reasons,
  shares, cancelled, withheld, returned, refunded, replaced_at, given_back_at, no_reason_days, aftersale_days
from orders.lines
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[])
order by order_id, line;

-- name: read_parcels
select order_id, id, carrier, tracking_number, lines, shipped_at, warehouse_id, delivered_at
from orders.parcels
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[])
order by order_id, shipped_at, id;

-- name: get_fee_versions
select id, fee_version from orders.orders
where shard = any ($1::smallint[]) and id = any ($2::uuid[]) and fee_version is not null;

-- name: reprice_orders
-- Of what nobody has paid: after that its shares never change.
with lines as (
  update orders.lines l set reasons = m.reasons, shares = m.shares
  from unnest($9::smallint[], $10::uuid[], $11::smallint[], $12::jsonb[], $13::jsonb[]) as m (shard, order_id, line, reasons, shares)
  where l.shard = any ($1::smallint[]) and l.shard = m.shard and l.order_id = m.order_id and l.line = m.line
)
update orders.orders o
set freight = m.freight, total = m.total, fee = m.fee, discount = m.discount, conceded = m.conceded
from unnest($2::smallint[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
  as m (shard, id, freight, total, fee, discount, conceded)
where o.shard = any ($1::smallint[]) and o.shard = m.shard and o.id = m.id and o.state = 'created';

-- name: update_orders
-- Whatever may change, for the verbs that few orders see. The shards come once more ($1), each once: with the whole list
-- an index scan sorts it again for every order (20 µs of 40 with 500 of them). So it is with the statements that follow.
with started as (
  insert into orders.alarms (shard, due_at, id, order_ids)
  select shard, due_at, gen_random_uuid(), array_agg(id)
  from unnest($18::smallint[], $19::uuid[], $20::timestamptz[]) as o (shard, id, due_at)
  group by shard, due_at
)
update orders.orders o
set state = m.state, units_shipped = m.units_shipped, due_at = m.due_at, prolonged = m.prolonged,
  payment_id = m.payment_id, channel = m.channel, refund_id = m.refund_id,
  refund_reason = m.refund_reason, paid_at = m.paid_at, shipped_at = m.shipped_at, received_at = m.received_at,
  settled_at = m.settled_at, closed_at = m.closed_at, refunded_at = m.refunded_at
from unnest($2::smallint[], $3::uuid[], $4::text[], $5::integer[], $6::timestamptz[], $7::smallint[], $8::uuid[],
  $9::text[], $10::uuid[], $11::text[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
  $15::timestamptz[], $16::timestamptz[], $17::timestamptz[])
  as m (shard, id, state, units_shipped, due_at, prolonged, payment_id, channel, refund_id,
    refund_reason, paid_at, shipped_at, received_at, settled_at, closed_at, refunded_at)
where o.shard = any ($1::smallint[]) and o.shard = m.shard and o.id = m.id;

-- name: pay_orders
-- What every order sees has statements of its own: to send and unpack seventeen columns cost more than to write them.
with started as (
  insert into orders.alarms (shard, due_at, id, order_ids)
  select shard, due_at, gen_random_uuid(), array_agg(id)
  from unnest($8::smallint[], $9::uuid[], $10::timestamptz[]) as o (shard, id, due_at)
  group by shard, due_at
), counted as (
  insert into orders.sales as s (shard, shop_id, sold_on, day_sales, total_sales)
  select shard, shop_id, $13, sum(amount), sum(amount)
  from unnest($2::smallint[], $11::uuid[], $12::bigint[]) as o (shard, shop_id, amount)
  group by shard, shop_id
  order by shop_id
  on conflict (shop_id, shard) do update
  set sold_on = greatest(s.sold_on, excluded.sold_on), total_sales = s.total_sales + excluded.total_sales,
    day_sales = case when s.sold_on <= excluded.sold_on then excluded.day_sales else 0 end
      + case when s.sold_on >= excluded.sold_on then s.day_sales else 0 end
)
update orders.orders o
set state = 'paid', payment_id = m.payment_id, channel = m.channel, due_at = m.due_at, paid_at = $7, closed_at = null
from unnest($2::smallint[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[])
  as m (shard, id, payment_id, channel, due_at)
where o.shard = any ($1::smallint[]) and o.shard = m.shard and o.id = m.id;

-- name: draw_back_horizons
-- Orders that were over, the oldest of them placed at $3, are not any more. Rows that are to stay are locked, too: whoever
-- moves them waits, and sees these orders.
insert into orders.horizons as h (shard, shop_id, open_from)
select distinct shard, shop_id, '-infinity'::timestamptz
from unnest($1::smallint[], $2::uuid[]) as r (shard, shop_id)
order by shop_id
on conflict (shop_id, shard) do update set open_from = excluded.open_from where h.open_from > $3;

-- name: get_shops_after
-- Shops whose horizons may move: not of those that are being closed.
select id from shops.public_shops where shard between 0 and 63 and closing_at is null and id > $1 order by id limit $2;

-- name: add_horizons
insert into orders.horizons (shard, shop_id, open_from)
select shard, shop_id, '-infinity' from unnest($1::smallint[], $2::uuid[]) as s (shard, shop_id)
order by shop_id
on conflict do nothing;

-- name: lock_horizons
-- A statement of its own: what is read after it sees what the last holder of the lock committed.
select shop_id, open_from from orders.horizons
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[])
order by shop_id
for no key update;

-- name: find_horizons
-- Where the orders of shops that are not over begin, from where they began; $4 where none was placed before.
select s.shop_id, coalesce((
  select o.placed_at from orders.orders o
  where o.shard = s.shard and o.shop_id = s.shop_id and o.placed_at >= s.open_from and o.placed_at < $4
    and (o.state in ('created', 'paid', 'part_shipped', 'shipped', 'received') or o.state = 'refunded' and o.refunded_at is null)
  order by o.placed_at, o.id
  limit 1), $4) as open_from
from unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) as s (shard, shop_id, open_from);

-- name: move_horizons
update orders.horizons h set open_from = m.open_from
from unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) as m (shard, shop_id, open_from)
where h.shard = any ($1::smallint[]) and h.shard = m.shard and h.shop_id = m.shop_id and h.open_from < m.open_from;

-- name: get_rejections
select order_id, payment_id from orders.rejections where shard = any ($1::smallint[]) and order_id = any ($2::uuid[]);

-- name: add_rejections
insert into orders.rejections (shard, order_id, payment_id, rejected_at)
select shard, order_id, payment_id, $4 from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as r (shard, order_id, payment_id)
on conflict do nothing;

-- name: receive_orders
with started as (
  insert into orders.alarms (shard, due_at, id, order_ids)
  select shard, due_at, gen_random_uuid(), array_agg(id)
  from unnest($6::smallint[], $7::uuid[], $8::timestamptz[]) as o (shard, id, due_at)
  group by shard, due_at
)
update orders.orders o set state = 'received', due_at = m.due_at, received_at = $5
from unnest($2::smallint[], $3::uuid[], $4::timestamptz[]) as m (shard, id, due_at)
where o.shard = any ($1::smallint[]) and o.shard = m.shard and o.id = m.id;

-- name: complete_orders
update orders.orders o set state = 'completed', due_at = null, settled_at = $4
from unnest($2::smallint[], $3::uuid[]) as m (shard, id)
where o.shard = any ($1::smallint[]) and o.shard = m.shard and o.id = m.id;

-- name: add_parcels
-- A parcel, what of each line is shipped now, and where the order stands: three tables, one statement.
with sent as (
  insert into orders.parcels (shard, order_id, id, carrier, tracking_number, lines, shipped_at, warehouse_id)
  select shard, order_id, id, carrier, tracking_number, lines, $8, warehouse_id
  from unnest($2::smallint[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::jsonb[], $19::uuid[])
    as p (shard, order_id, id, carrier, tracking_number, lines, warehouse_id)
), counted as (
  update orders.lines l set shipped = s.shipped
  from unnest($9::smallint[], $10::uuid[], $11::smallint[], $12::integer[]) as s (shard, order_id, line, shipped)
  where l.shard = any ($1::smallint[]) and l.shard = s.shard and l.order_id = s.order_id and l.line = s.line
), started as (
  insert into orders.alarms (shard, due_at, id, order_ids)
  select shard, due_at, gen_random_uuid(), array_agg(id)
  from unnest($20::smallint[], $21::uuid[], $22::timestamptz[]) as o (shard, id, due_at)
  group by shard, due_at
)
update orders.orders o
set state = m.state, units_shipped = m.units_shipped, due_at = m.due_at, shipped_at = m.shipped_at
from unnest($13::smallint[], $14::uuid[], $15::text[], $16::integer[], $17::timestamptz[], $18::timestamptz[])
  as m (shard, id, state, units_shipped, due_at, shipped_at)
where o.shard = any ($1::smallint[]) and o.shard = m.shard and o.id = m.id;

-- name: hand_over
-- What is picked up is handed over whole: what is left of each line, and where the order stands.
with counted as (
  update orders.lines l set shipped = l.quantity - l.cancelled
  where l.shard = any ($1::smallint[]) and l.order_id = any ($3::uuid[])
), started as (
  insert into orders.alarms (shard, due_at, id, order_ids)
  select shard, due_at, gen_random_uuid(), array_agg(id)
  from unnest($6::smallint[], $7::uuid[], $8::timestamptz[]) as o (shard, id, due_at)
  group by shard, due_at
)
update orders.orders o
set state = 'received', units_shipped = o.units, due_at = m.due_at, shipped_at = $5, received_at = $5
from unnest($2::smallint[], $3::uuid[], $4::timestamptz[]) as m (shard, id, due_at)
where o.shard = any ($1::smallint[]) and o.shard = m.shard and o.id = m.id;

-- name: add_pickup_codes
-- An order has one code, whatever becomes of it. Should a shop have the same code twice, which nobody will live to see, the
-- transaction fails, and is done again with another.
insert into orders.pickup_codes (shard, order_id, shop_id, blind_index, sealed, made_at)
select shard, order_id, shop_id, blind_index, sealed, $6
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[]) as c (shard, order_id, shop_id, blind_index, sealed)
on conflict (order_id, shard) do nothing;

-- name: find_pickup_codes
select c.shop_id, c.blind_index, c.order_id
from orders.pickup_codes c
join unnest($2::uuid[], $3::bytea[]) as a (shop_id, blind_index) on a.shop_id = c.shop_id and a.blind_index = c.blind_index
where c.shard = any ($1::smallint[]);

-- name: get_pickups
select o.id, o.buyer_id, o.state, o.open_cases, o.pickup, c.sealed
from orders.orders o
left join orders.pickup_codes c on c.shard = o.shard and c.order_id = o.id
where o.shard = any ($1::smallint[]) and o.id = any ($2::uuid[]);

-- name: lock_pickup_tries
-- Before the orders; in id order.
insert into orders.pickup_tries as t (shard, shop_id, wrong, since)
select shard, shop_id, 0, $3 from unnest($1::smallint[], $2::uuid[]) as s (shard, shop_id)
order by shop_id
on conflict (shop_id, shard) do update set wrong = t.wrong
returning shop_id, wrong, since;

-- name: write_pickup_tries
update orders.pickup_tries t set wrong = n.wrong, since = n.since
from unnest($2::smallint[], $3::uuid[], $4::smallint[], $5::timestamptz[]) as n (shard, shop_id, wrong, since)
where t.shard = any ($1::smallint[]) and t.shard = n.shard and t.shop_id = n.shop_id;

-- name: write_cases
-- What cases do to orders and their lines.
with started as (
  insert into orders.alarms (shard, due_at, id, order_ids)
  select shard, due_at, gen_random_uuid(), array_agg(id)
  from unnest($25::smallint[], $26::uuid[], $27::timestamptz[]) as o (shard, id, due_at)
  group by shard, due_at
), counted as (
  update orders.lines l
  set cancelled = c.cancelled, withheld = c.withheld, returned = c.returned, refunded = c.refunded,
    replaced_at = c.replaced_at, given_back_at = c.given_back_at
  from unnest($15::smallint[], $16::uuid[], $17::smallint[], $18::integer[], $19::integer[], $20::integer[], $21::bigint[],
    $22::timestamptz[], $28::timestamptz[])
    as c (shard, order_id, line, cancelled, withheld, returned, refunded, replaced_at, given_back_at)
  where l.shard = any ($1::smallint[]) and l.shard = c.shard and l.order_id = c.order_id and l.line = c.line
)
update orders.orders o
set state = m.state, units = m.units, due_at = m.due_at, time_left = m.time_left, open_cases = m.open_cases,
  refunded = m.refunded, fee_refunded = m.fee_refunded, subsidy_refunded = m.subsidy_refunded, refund_id = m.refund_id,
  shipped_at = m.shipped_at, refund_reason = m.refund_reason,
  open_chargebacks = m.open_chargebacks, refunded_at = m.refunded_at
from unnest($2::smallint[], $3::uuid[], $4::text[], $5::integer[], $6::timestamptz[], $7::interval[], $8::smallint[],
  $9::bigint[], $10::bigint[], $11::bigint[], $12::uuid[], $13::timestamptz[], $14::text[], $23::smallint[],
  $24::timestamptz[])
  as m (shard, id, state, units, due_at, time_left, open_cases, refunded, fee_refunded, subsidy_refunded, refund_id,
    shipped_at, refund_reason, open_chargebacks, refunded_at)
where o.shard = any ($1::smallint[]) and o.shard = m.shard and o.id = m.id;

-- name: keep_time
-- What is left on the clocks of orders that stand.
update orders.orders o set time_left = m.time_left
from unnest($2::smallint[], $3::uuid[], $4::interval[]) as m (shard, id, time_left)
where o.shard = any ($1::smallint[]) and o.shard = m.shard and o.id = m.id;

-- name: count_refunded
-- All that was not refunded yet goes back.
update orders.orders set refunded = total, fee_refunded = fee, subsidy_refunded = subsidy
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: lock_sales
select from orders.sales where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) order by shop_id for no key update;

-- name: count_sales
-- What shops were paid less on a day ($1), and in all. In the order in which `pay_orders` locks these rows.
insert into orders.sales as s (shard, shop_id, sold_on, day_sales, total_sales)
select shard, shop_id, $1, sum(day_sales), sum(total_sales)
from unnest($2::smallint[], $3::uuid[], $4::bigint[], $5::bigint[]) as o (shard, shop_id, day_sales, total_sales)
group by shard, shop_id
order by shop_id
on conflict (shop_id, shard) do update
set sold_on = greatest(s.sold_on, excluded.sold_on), total_sales = s.total_sales + excluded.total_sales,
  day_sales = case when s.sold_on <= excluded.sold_on then excluded.day_sales else 0 end
    + case when s.sold_on >= excluded.sold_on then s.day_sales else 0 end;

-- name: count_shipped
update orders.lines l set shipped = s.shipped
from unnest($2::smallint[], $3::uuid[], $4::smallint[], $5::integer[]) as s (shard, order_id, line, shipped)
where l.shard = any ($1::smallint[]) and l.shard = s.shard and l.order_id = s.order_id and l.line = s.line;

-- name: note_shown
update orders.orders set keys_shown_at = $3 where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: note_deliveries
update orders.parcels p set delivered_at = m.delivered_at
from unnest($2::smallint[], $3::uuid[], $4::uuid[], $5::timestamptz[]) as m (shard, order_id, id, delivered_at)
where p.shard = any ($1::smallint[]) and p.shard = m.shard and p.order_id = m.order_id and p.id = m.id
  and p.delivered_at is null;

-- name: get_unfollowed_parcels
-- In the order in which they were sent, from some time on. No join: see get_alarms, and what is followed may be
-- a table that was empty when this was planned. Sent before 'infinity': see get_shop_figures.
select p.order_id, p.id, p.carrier, p.tracking_number, p.shipped_at from orders.parcels p
where p.shard between 0 and 63 and p.shipped_at >= $1 and p.shipped_at < 'infinity' and (p.shipped_at, p.id) > ($1, $2)
  and (select f.id from carriers.public_parcels f
       where f.shard = p.shard and f.id = p.id and f.order_id = p.order_id) is null
order by p.shipped_at, p.id
limit $3;

-- name: get_receivers
select id, shop_id, address ->> 'phone' as phone, address ->> 'region' as region from orders.orders
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: find_orders
-- By the numbers that people call them by. The first eight digits of one are the day, so the shop's own index will do.
select o.id, o.number, o.buyer_id, o.state, o.delivery = 'virtual' as is_virtual, o.pickup is not null as is_picked_up,
  (select jsonb_agg(jsonb_build_array(l.line, l.quantity - l.shipped - l.cancelled - l.withheld) order by l.line)
   from orders.lines l where l.shard = o.shard and l.order_id = o.id) as "left",
  (select coalesce(jsonb_agg(p.id), '[]') from orders.parcels p where p.shard = o.shard and p.order_id = o.id) as parcels
from orders.orders o
where o.shard = $1 and o.shop_id = $2 and o.placed_at >= $3 and o.placed_at < $4 and o.number = any ($5::text[]);

-- name: get_totals
-- What orders came to, and what of that went back.
select id, total, refunded
from orders.orders
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: get_orders_to_print
-- Some orders of a shop, or, where none is named, those that are to be shipped, or ($5) picked up: with what a slip says. What was
-- cancelled, or may be, is not sent, nor what its payer disputes, but where it is named. None of all orders before the horizon is
-- to be shipped.
select o.id, o.number, o.shop_name, o.buyer_name, o.state, o.goods, o.freight, o.total, o.refunded, o.placed_at, o.paid_at,
  o.address, o.pickup is not null as is_picked_up, o.open_chargebacks > 0 as is_charged_back, o.note, o.gift, s.handle, s.name,
  (select coalesce(jsonb_agg(jsonb_build_object('line', l.line, 'sku_id', l.sku_id, 'title', l.title, 'choices', l.choices,
     'price', l.price, 'quantity', l.quantity - l.cancelled - l.withheld, 'shipped', l.shipped,
     'amount', l.price * (l.quantity - l.cancelled - l.withheld)) order by l.line), '[]')
   from orders.lines l
   where l.shard = $1 and l.order_id = o.id and l.cancelled + l.withheld < l.quantity) as lines,
  (select coalesce(jsonb_agg(jsonb_build_array(p.carrier, p.tracking_number) order by p.shipped_at, p.id), '[]')
   from orders.parcels p where p.shard = $1 and p.order_id = o.id) as parcels
from shops.public_shops s
left join (
  (select * from orders.orders
   where cardinality($3::uuid[]) > 0 and shard = $1 and id = any ($3::uuid[]) and shop_id = $2 and delivery = 'physical'
   order by paid_at, id
   limit $4)
  union all
  (select * from orders.orders
   where cardinality($3::uuid[]) = 0 and shard = $1 and shop_id = $2 and delivery = 'physical' and state in ('paid', 'part_shipped')
     and (pickup is not null) = $5::boolean and open_chargebacks = 0
     and placed_at >= coalesce((select open_from from orders.horizons where shard = $1 and shop_id = $2), '-infinity')
     and placed_at < 'infinity'
   order by paid_at, id
   limit $4)) o on true
where s.shard = $1 and s.id = $2
order by o.paid_at, o.id
limit $4;

-- name: get_used_numbers
-- Which of the numbers a shop has sent to another buyer than the order's, and which orders' payers dispute what they paid. What goes
-- to one buyer may go in one parcel.
select w.order_id, w.tracking_number, bool_or(t.open_chargebacks > 0) as is_charged_back, min(o.number) as used_by
from unnest($3::uuid[], $4::text[]) as w (order_id, tracking_number)
join orders.orders t on t.shard = $1 and t.id = w.order_id
left join (orders.parcels p join orders.orders o on o.shard = $1 and o.id = p.order_id and o.shop_id = $2)
  on p.shard = $1 and p.tracking_number = w.tracking_number and p.shipped_at > $5 and o.buyer_id <> t.buyer_id
where t.shop_id = $2 and (t.open_chargebacks > 0 or o.id is not null)
group by w.order_id, w.tracking_number;

-- name: find_sent_numbers
-- Of all shops.
select distinct tracking_number from orders.parcels
where shard between 0 and 63 and tracking_number = any ($1::text[]) and shipped_at > $2;

-- name: get_alarms
-- Alarms that have gone off, until they name enough orders ($2), with how these stand. No join: one that was planned while
-- there were few orders may read all of them.
select a.shard, a.due_at as gone_off_at, a.id as alarm_id, o.id,
  (select f.state from orders.orders f where f.shard = a.shard and f.id = o.id) as state,
  (select f.due_at from orders.orders f where f.shard = a.shard and f.id = o.id) as due_at,
  (select greatest(f.paid_at, f.ships_at) + make_interval(hours => (
     select nullif(coalesce((r.rules ->> 'remind_hours')::integer, $3), 0) from orders.rules r where r.version = f.rules_version))
   from orders.orders f
   where f.shard = a.shard and f.id = o.id and f.state in ('paid', 'part_shipped') and f.pickup is null) as reminds_at
from (
  select *, sum(cardinality(order_ids)) over (order by due_at, id) - cardinality(order_ids) as before
  from (
    select shard, id, due_at, order_ids from orders.alarms
    where shard between 0 and 63 and due_at <= $1
    order by due_at, id
    limit $2) as gone_off) as a
left join unnest(a.order_ids) as o (id) on true
where a.before < $2
order by a.due_at, a.id;

-- name: set_alarms
-- For orders that have gone on, and no later than $3 has them reminded of. They are locked, so that none gets a nearer
-- deadline meanwhile.
with later as (
  select shard, id, due_at from orders.orders
  where shard = any ($1::smallint[]) and id = any ($2::uuid[]) and due_at is not null
  order by id
  for no key update
)
insert into orders.alarms (shard, due_at, id, order_ids)
select l.shard, least(l.due_at, n.reminds_at), gen_random_uuid(), array_agg(l.id)
from later l
join unnest($2::uuid[], $3::timestamptz[]) as n (id, reminds_at) on n.id = l.id
group by l.shard, least(l.due_at, n.reminds_at);

-- name: add_ship_reminders
insert into orders.ship_reminders (shard, order_id, reminded_at)
select shard, id, $3 from unnest($1::smallint[], $2::uuid[]) as n (shard, id)
on conflict do nothing
returning order_id;

-- name: shorten_alarms
update orders.alarms set order_ids = array(select o.id from unnest(order_ids) as o (id) where o.id <> all ($4::uuid[]))
where shard = any ($1::smallint[]) and due_at = any ($2::timestamptz[]) and id = any ($3::uuid[]);

-- name: drop_alarms
delete from orders.alarms
where shard = any ($1::smallint[]) and due_at = any ($2::timestamptz[]) and id = any ($3::uuid[]);

-- name: get_order
-- One order with all that a page of it shows.
select o.id, o.number, o.shop_id, o.shop_name, o.buyer_id, o.buyer_name, o.state, o.goods, o.freight, o.total, o.fee,
  o.rules_version, o.units, o.units_shipped, o.due_at, o.prolonged, o.payment_id, o.channel, o.refund_id,
  o.refund_reason, o.placed_at, o.paid_at, o.shipped_at, o.received_at, o.settled_at, o.closed_at,
  o.refunded_at, o.delivery, o.keys_shown_at, o.ships_at, o.open_cases, o.open_chargebacks, o.time_left, o.refunded,
  o.fee_refunded, o.discount, o.subsidy, o.subsidy_refunded, o.settle_days, o.coupons, o.pickup, o.conceded, o.address, o.note,
  o.freight_reasons, o.gift,
  (select jsonb_agg(jsonb_build_object('line', l.line, 'sku_id', l.sku_id, 'product_id', l.product_id, 'title', l.title,
     'choices', l.choices, 'picture', l.picture, 'kind', l.kind, 'price', l.price, 'quantity', l.quantity,
     'shipped', l.shipped, 'amount', l.amount, 'reasons', l.reasons, 'shares', l.shares, 'cancelled', l.cancelled,
     'withheld', l.withheld, 'returned', l.returned, 'refunded', l.refunded, 'replaced_at', l.replaced_at,
     'given_back_at', l.given_back_at, 'no_reason_days', l.no_reason_days, 'aftersale_days', l.aftersale_days) order by l.line)
   from orders.lines l where l.shard = o.shard and l.order_id = o.id) as lines,
  (select jsonb_agg(jsonb_build_object('id', p.id, 'carrier', p.carrier, 'tracking_number', p.tracking_number,
     'lines', p.lines, 'shipped_at', p.shipped_at, 'warehouse_id', p.warehouse_id, 'delivered_at', p.delivered_at,
     'state', (select f.state from carriers.public_parcels f
        where f.shard = p.shard and f.id = p.id and f.order_id = p.order_id and f.case_id is null),
     'tracking', (select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'text', e.text, 'state', e.state, 'place', e.place)
        order by e.at desc, e.id), '[]')
        from (select * from carriers.public_events t where t.shard = p.shard and t.parcel_id = (
                select f.followed_id from carriers.public_parcels f
                where f.shard = p.shard and f.id = p.id and f.order_id = p.order_id and f.case_id is null)
              order by t.at desc, t.id limit $4) e)) order by p.shipped_at, p.id)
   from orders.parcels p where p.shard = o.shard and p.order_id = o.id) as parcels,
  (select jsonb_agg(jsonb_build_array(w.id, w.name) order by w.priority, w.id)
   from inventory.public_warehouses w where w.shard = o.shard and w.shop_id = o.shop_id) as warehouses,
  (select jsonb_agg(jsonb_build_array(h.sku_id, h.warehouse_id, h.held))
   from inventory.public_holds h where h.shard = o.shard and h.order_id = o.id and h.held > 0) as holds,
  (select r.rules from orders.rules r where r.version = o.rules_version) as rules,
  (select s.handle from shops.public_shops s where s.shard = o.shard and s.id = o.shop_id) as shop_handle,
  (select array_agg(m.channel) from payments.public_sub_merchants m where m.shard = o.shard and m.shop_id = o.shop_id)
    as bound_channels,
  (select count(*) from orders.rejections r where r.shard = o.shard and r.order_id = o.id) as rejections,
  coalesce((select a.credits_posted - a.debits_posted from ledger.public_accounts a
   where a.shard = o.shard and a.id = $3), 0) as held
from orders.orders o
where o.shard = $1 and o.id = $2;

-- name: read_payable
-- What paying has to know of orders, and of what their shops may be paid and were. Nothing is locked: a payment that comes late,
-- or when it costs something else, goes back.
select o.id, o.shop_id, o.buyer_id, o.state, o.total, o.due_at, o.shop_name, o.number, o.units, o.payment_id,
  o.goods - (o.discount - o.conceded) - o.subsidy
    + (select coalesce(sum((c ->> 'amount')::bigint), 0) from jsonb_array_elements(o.freight_reasons) c)::bigint as placed_total,
  (select r.version from orders.rules r where r.effective_at <= $3 order by r.version desc limit 1) as version, (
  select jsonb_build_object('day_max', s.day_sales_max, 'total_max', s.total_sales_max,
    'grade', (select c.grade from credit.public_standings c where c.shard = s.shard and c.shop_id = s.id),
    'day', (select p.day_sales from orders.sales p where p.shard = s.shard and p.shop_id = s.id and p.sold_on = $4),
    'total', (select p.total_sales from orders.sales p where p.shard = s.shard and p.shop_id = s.id))
  from shops.public_shops s where s.shard = o.shard and s.id = o.shop_id) as sales
from orders.orders o
where o.shard = any ($1::smallint[]) and o.id = any ($2::uuid[]);

-- name: list_orders_of_buyer
-- The orders of a buyer lie with their shops: on a cluster this asks every node, each for one page at most.
select o.id, o.number, o.shop_id, o.shop_name, o.buyer_id, o.buyer_name, o.state, o.goods, o.freight, o.total, o.fee,
  o.rules_version, o.units, o.units_shipped, o.due_at, o.prolonged, o.payment_id, o.channel, o.refund_id,
  o.refund_reason, o.placed_at, o.paid_at, o.shipped_at, o.received_at, o.settled_at, o.closed_at,
  o.refunded_at, o.delivery, o.keys_shown_at, o.ships_at, o.open_cases, o.open_chargebacks, o.refunded, o.fee_refunded, o.discount, o.subsidy,
  o.subsidy_refunded, o.pickup, o.conceded,
  (select jsonb_agg(jsonb_build_object('line', l.line, 'sku_id', l.sku_id, 'product_id', l.product_id, 'title', l.title,
     'choices', l.choices, 'picture', l.picture, 'kind', l.kind, 'price', l.price, 'quantity', l.quantity,
     'shipped', l.shipped, 'amount', l.amount, 'cancelled', l.cancelled, 'withheld', l.withheld, 'returned', l.returned,
     'refunded', l.refunded) order by l.line)
   from orders.lines l where l.shard = o.shard and l.order_id = o.id) as lines
from orders.orders o
where o.shard between 0 and 63 and o.buyer_id = $1 and o.state = any ($2::text[]) and (o.placed_at, o.id) < ($3, $4)
  and (o.pickup is not null) = coalesce($6::boolean, o.pickup is not null)
order by o.placed_at desc, o.id desc
limit $5;

-- name: list_orders_of_shop
select o.id, o.number, o.shop_id, o.shop_name, o.buyer_id, o.buyer_name, o.state, o.goods, o.freight, o.total, o.fee,
  o.rules_version, o.units, o.units_shipped, o.due_at, o.prolonged, o.payment_id, o.channel, o.refund_id,
  o.refund_reason, o.placed_at, o.paid_at, o.shipped_at, o.received_at, o.settled_at, o.closed_at,
  o.refunded_at, o.delivery, o.keys_shown_at, o.ships_at, o.open_cases, o.open_chargebacks, o.refunded, o.fee_refunded, o.discount, o.subsidy,
  o.subsidy_refunded, o.pickup, o.conceded,
  (select jsonb_agg(jsonb_build_object('line', l.line, 'sku_id', l.sku_id, 'product_id', l.product_id, 'title', l.title,
     'choices', l.choices, 'picture', l.picture, 'kind', l.kind, 'price', l.price, 'quantity', l.quantity,
     'shipped', l.shipped, 'amount', l.amount, 'cancelled', l.cancelled, 'withheld', l.withheld, 'returned', l.returned,
     'refunded', l.refunded) order by l.line)
   from orders.lines l where l.shard = o.shard and l.order_id = o.id) as lines
from orders.orders o
where o.shard = $1 and o.shop_id = $2 and o.state = any ($3::text[]) and (o.placed_at, o.id) < ($4, $5)
  and o.placed_at >= case when $3::text[] <@ '{created,paid,part_shipped,shipped,received}' then coalesce((
    select h.open_from from orders.horizons h where h.shard = $1 and h.shop_id = $2), '-infinity') else '-infinity' end
  and (o.pickup is not null) = coalesce($7::boolean, o.pickup is not null)
order by o.placed_at desc, o.id desc
limit $6;

-- name: get_shipping
-- Where orders of a shop went, and in which parcels: what a list of them leaves out.
select o.id, o.address, o.note,
  (select jsonb_agg(jsonb_build_object('id', p.id, 'carrier', p.carrier, 'tracking_number', p.tracking_number,
     'lines', p.lines, 'shipped_at', p.shipped_at, 'warehouse_id', p.warehouse_id, 'delivered_at', p.delivered_at)
     order by p.shipped_at, p.id)
   from orders.parcels p where p.shard = o.shard and p.order_id = o.id) as parcels
from orders.orders o
where o.shard = $1 and o.id = any ($2::uuid[]);

-- name: list_orders
-- For the operator: the newest of all shops. Orders have no order by time, only a summary of where they lie: what was placed
-- since a day is looked at first, and whatever was before only where that does not fill the page.
with recent as materialized (
  select *
  from orders.orders
  where shard between 0 and 63 and state = any ($1::text[]) and (placed_at, id) < ($2, $3) and placed_at >= $5
  order by placed_at desc, id desc
  limit $4)
select o.id, o.number, o.shop_id, o.shop_name, o.buyer_id, o.buyer_name, o.state, o.goods, o.freight, o.total, o.fee,
  o.rules_version, o.units, o.units_shipped, o.due_at, o.prolonged, o.payment_id, o.channel, o.refund_id,
  o.refund_reason, o.placed_at, o.paid_at, o.shipped_at, o.received_at, o.settled_at, o.closed_at,
  o.refunded_at
from (
  select * from recent
  union all
  (select *
   from orders.orders
   where (select count(*) from recent) < $4 and shard between 0 and 63 and state = any ($1::text[])
     and (placed_at, id) < ($2, $3) and placed_at < $5
   order by placed_at desc, id desc
   limit $4)) o
order by o.placed_at desc, o.id desc
limit $4;

-- name: get_shop_figures
-- What a shop has to do, and its last days: how many orders in each state, what is due soonest, sales by day. Nothing is placed
-- at 'infinity': it tells the planner, which knows no time that it is asked for, that there are few. Without an end it expects
-- a third of all that the shop had, and where there are few shops it reads the key of everybody's orders to have less of them.
with horizon as materialized (
  select coalesce((select open_from from orders.horizons where shard = $1 and shop_id = $2), '-infinity') as open_from)
select
  (select jsonb_object_agg(state, n) from (
    select state, count(*) as n from orders.orders
    where shard = $1 and shop_id = $2 and placed_at >= (select open_from from horizon) and placed_at < 'infinity'
      and state in ('created', 'paid', 'part_shipped', 'shipped', 'received')
    group by state) as counted) as states,
  (select count(*) from orders.orders
   where shard = $1 and shop_id = $2 and open_cases > 0 and open_cases > open_chargebacks) as in_aftersale,
  (select count(*) from orders.orders
   where shard = $1 and shop_id = $2 and placed_at >= (select open_from from horizon) and placed_at < 'infinity'
     and state in ('paid', 'part_shipped') and pickup is null and open_chargebacks = 0
     and greatest(paid_at, ships_at) < $3) as late,
  (select jsonb_agg(jsonb_build_array(day, orders, total) order by day) from (
    select (paid_at at time zone 'Asia/Shanghai')::date as day, count(*) as orders, sum(total)::bigint as total
    from orders.orders
    where shard = $1 and shop_id = $2 and paid_at >= $4 and placed_at >= $4 - interval '60 days' and placed_at < 'infinity' and state <> 'refunded'
    group by 1) as days) as days;

-- name: get_trade_figures
-- The whole market: orders in each state with their totals, what of those went back, what the platform added and took;
-- and sales by day.
select
  (select jsonb_agg(jsonb_build_array(state, n, total, refunded, subsidy, fee) order by state) from (
    select state, count(*) as n, sum(total)::bigint as total, sum(refunded)::bigint as refunded,
      sum(subsidy - subsidy_refunded)::bigint as subsidy, sum(fee - fee_refunded)::bigint as fee
    from orders.orders where shard between 0 and 63
    group by state) as counted) as states,
  (select jsonb_agg(jsonb_build_array(day, orders, total) order by day) from (
    select (paid_at at time zone 'Asia/Shanghai')::date as day, count(*) as orders, sum(total)::bigint as total
    from orders.orders where shard between 0 and 63 and paid_at >= $1 group by 1) as days) as days;

-- name: count_states_of_buyer
-- What is paid and picked up is not waiting to be shipped.
select case when state = 'paid' and pickup is not null then 'to_pick_up' else state end as state, count(*) as n from orders.orders
where shard between 0 and 63 and buyer_id = $1 and state in ('created', 'paid', 'part_shipped', 'shipped')
group by 1;

-- name: put_in_cart
insert into orders.cart_lines as c (shard, person_id, sku_id, quantity, price_seen, put_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::integer[], $5::bigint[], $6::timestamptz[])
on conflict (person_id, sku_id, shard) do update
set quantity = excluded.quantity, price_seen = coalesce(excluded.price_seen, c.price_seen);

-- name: take_from_cart
delete from orders.cart_lines c
using unnest($1::smallint[], $2::uuid[], $3::uuid[]) as t (shard, person_id, sku_id)
where c.shard = any ($1::smallint[]) and c.shard = t.shard and c.person_id = t.person_id and c.sku_id = t.sku_id;

-- name: count_cart_lines
select person_id, array_agg(sku_id) as sku_ids
from orders.cart_lines
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[])
group by person_id;

-- name: get_cart
select sku_id, quantity, price_seen from orders.cart_lines
where shard = $1 and person_id = $2
order by put_at desc, sku_id
limit $3;

-- name: get_shop_desk
-- What stands on every page of a shop's desk: the shop, and how many orders wait for what. What is paid and picked up is not
-- waiting to be shipped.
select s.id, s.handle, s.name, s.status, s.created_at,
  (select jsonb_object_agg(state, n) from (
    select case when state = 'paid' and pickup is not null then 'to_pick_up' else state end as state, count(*) as n from orders.orders
    where shard = s.shard and shop_id = s.id and placed_at >= h.open_from and placed_at < 'infinity'
      and state in ('created', 'paid', 'part_shipped', 'shipped', 'received')
    group by 1) as counted) as states,
  (select count(*) from orders.orders
   where shard = s.shard and shop_id = s.id and open_cases > 0 and open_cases > open_chargebacks) as in_aftersale,
  (select jsonb_object_agg(r.version, r.rules -> 'ship_hours') from (
    select version, rules from orders.rules order by version desc limit $3) as r) as ship_hours
from shops.public_shops s
cross join lateral (
  select coalesce((select open_from from orders.horizons where shard = s.shard and shop_id = s.id), '-infinity') as open_from) h
where s.shard = $1 and s.id = $2;

-- name: get_shop_todo
-- The first page of a shop's desk: besides the above its sales by day, and what is to be shipped, the oldest first.
select s.id, s.handle, s.name, s.status, s.created_at, s.verification, s.day_sales_max, s.standing, s.away_until,
  s.is_withdrawals_suspended,
  (select a.state from onboarding.public_applications a where a.shard = s.shard and a.shop_id = s.id) as application,
  (select count(*) from payments.public_enrolments e
   where e.shard = s.shard and e.shop_id = s.id and (e.status = 'to_act' or e.status in ('wanted', 'refused') and not exists (
     select from payments.public_sub_merchants m where m.shard = e.shard and m.shop_id = e.shop_id and m.channel = e.channel))
  ) as enrolments,
  (select jsonb_object_agg(state, n) from (
    select case when state = 'paid' and pickup is not null then 'to_pick_up' else state end as state, count(*) as n from orders.orders
    where shard = s.shard and shop_id = s.id and placed_at >= h.open_from and placed_at < 'infinity'
      and state in ('created', 'paid', 'part_shipped', 'shipped', 'received')
    group by 1) as counted) as states,
  (select count(*) from orders.orders
   where shard = s.shard and shop_id = s.id and open_cases > 0 and open_cases > open_chargebacks) as in_aftersale,
  (select jsonb_agg(jsonb_build_array(day, orders, total) order by day) from (
    select (paid_at at time zone 'Asia/Shanghai')::date as day, count(*) as orders, sum(total)::bigint as total
    from orders.orders
    where shard = s.shard and shop_id = s.id and paid_at >= $3
      and placed_at >= $3 - interval '60 days' and placed_at < 'infinity' and state <> 'refunded'
    group by 1) as days) as days,
  (select count(*) from orders.orders o
   where o.shard = s.shard and o.shop_id = s.id and o.placed_at >= h.open_from and o.placed_at < 'infinity' and o.state in ('paid', 'part_shipped') and o.pickup is null
     and o.open_chargebacks = 0 and greatest(o.paid_at, o.ships_at) + make_interval(hours => (
       select coalesce((r.rules ->> 'ship_hours')::integer, $6) from orders.rules r where r.version = o.rules_version)) < $4) as late,
  (select count(*) from orders.orders o
   where o.shard = s.shard and o.shop_id = s.id and o.placed_at >= h.open_from and o.placed_at < 'infinity' and o.state in ('paid', 'part_shipped') and o.pickup is null
     and o.open_chargebacks = 0 and greatest(o.paid_at, o.ships_at) + make_interval(hours => (
       select coalesce((r.rules ->> 'ship_hours')::integer, $6) from orders.rules r where r.version = o.rules_version)) >= $4
     and greatest(o.paid_at, o.ships_at) + make_interval(hours => (
       select nullif(coalesce((r.rules ->> 'remind_hours')::integer, $10), 0) from orders.rules r where r.version = o.rules_version)) <= $4) as soon,
  (select count(*) from orders.orders o
   where o.shard = s.shard and o.shop_id = s.id and o.open_cases > 0 and o.open_chargebacks > 0 and o.state in ('paid', 'part_shipped')
     and o.pickup is null) as charged_back,
  (select jsonb_agg(to_jsonb(w)) from (
    select o.id, o.number, o.shop_id, o.buyer_name, o.state, o.total, o.units, o.units_shipped, o.due_at,
      o.open_cases, o.open_chargebacks, o.placed_at, o.paid_at, o.ships_at,
      greatest(o.paid_at, o.ships_at) + make_interval(hours => (
        select coalesce((r.rules ->> 'ship_hours')::integer, $6) from orders.rules r where r.version = o.rules_version)) as promised_at,
      (select jsonb_agg(jsonb_build_object('title', l.title, 'choices', l.choices, 'picture', l.picture,
         'kind', l.kind, 'product_id', l.product_id, 'quantity', l.quantity - l.shipped - l.cancelled) order by l.line)
       from orders.lines l
       where l.shard = o.shard and l.order_id = o.id and l.shipped + l.cancelled < l.quantity) as lines
    from orders.orders o
    where o.shard = s.shard and o.shop_id = s.id and o.placed_at >= h.open_from and o.placed_at < 'infinity' and o.state in ('paid', 'part_shipped') and o.pickup is null
    order by o.paid_at, o.id
    limit $5) as w) as waiting,
  (select to_jsonb(f) from (
    select p.amount, p.status, p.ended_at from payments.public_payouts p
    where p.shard = s.shard and p.owner_id = s.id and p.status in ('rejected', 'returned', 'refused') and p.ended_at >= $7
      and not exists (select from payments.public_payouts n
        where n.shard = p.shard and n.owner_id = p.owner_id and n.created_at >= p.ended_at)
    order by p.ended_at desc
    limit 1) as f) as failed_payout,
  coalesce((select a.debits_posted - a.credits_posted from ledger.public_accounts a where a.shard = s.shard and a.id = $8), 0) as owed,
  coalesce((select r.required from onboarding.public_deposits r
            where r.shard = s.shard and r.shop_id = s.id and s.closing_at is null), 0)
    - coalesce((select a.credits_posted - a.debits_posted from ledger.public_accounts a
                where a.shard = s.shard and a.id = $9), 0) as deposit_lacking
from shops.public_shops s
cross join lateral (
  select coalesce((select open_from from orders.horizons where shard = s.shard and shop_id = s.id), '-infinity') as open_from) h
where s.shard = $1 and s.id = $2;

-- name: get_shop_money
-- A shop with its accounts and the rules in force.
select s.id, s.handle, s.name, s.status, s.created_at, s.may_withdraw, s.is_withdrawals_suspended,
  (select jsonb_agg(jsonb_build_array(a.code, a.credits_posted - a.debits_posted, a.debits_pending))
   from ledger.public_accounts a where a.shard = s.shard and a.id = any ($3::uuid[])) as accounts,
  (select r.rules from orders.rules r where r.effective_at <= $4 order by r.version desc limit 1) as rules,
  (select coalesce(sum(o.total - o.refunded + o.subsidy - o.subsidy_refunded - o.fee + o.fee_refunded), 0)::bigint from orders.orders o
   where o.shard = s.shard and o.shop_id = s.id and o.placed_at >= h.open_from and o.placed_at < 'infinity' and o.state in ('paid', 'part_shipped', 'shipped')) as held,
  (select coalesce(sum(u.amount), 0)::bigint from payments.public_unfreezings u
   where u.shard = s.shard and u.shop_id = s.id and u.status <> 'unfrozen' and u.status <> 'waiting') as unfreezing,
  coalesce((select r.required from onboarding.public_deposits r
            where r.shard = s.shard and r.shop_id = s.id and s.closing_at is null), 0) as deposit_required,
  (select min(o.due_at) from orders.orders o
   where o.shard = s.shard and o.shop_id = s.id and o.placed_at >= h.open_from and o.placed_at < 'infinity' and o.state = 'received') as next_settlement_at,
  coalesce((select c.grade from credit.public_standings c where c.shard = s.shard and c.shop_id = s.id), 0) as grade
from shops.public_shops s
cross join lateral (
  select coalesce((select open_from from orders.horizons where shard = s.shard and shop_id = s.id), '-infinity') as open_from) h
where s.shard = $1 and s.id = $2;

-- name: get_open_matters
-- What of a shop is not over: its orders by what they wait for, and its money. The horizon of one that is being closed stands:
-- whatever was settled since lies behind it. Programs' orders have a time as long as the clock has something left to do with them.
select s.id, s.handle, s.name, s.standing, s.closing_at, s.closing_account_id, s.closed_at, s.was_closed, s.may_withdraw,
  s.is_withdrawals_suspended, o.unpaid, o.unshipped, o.shipped, o.settling, o.refunding,
  (select count(*) from orders.orders d
   where d.shard = s.shard and d.shop_id = s.id and d.open_cases > 0 and d.state = 'completed') as disputed,
  (select count(*) from wire.public_settlements w
   where w.shard = s.shard and w.shop_id = s.id and w.due_at is not null) as of_programs,
  (select count(*) from wire.public_open_complaints c where c.shard = s.shard and c.shop_id = s.id) as complained,
  (select count(*) from chargebacks.public_open_purses p where p.shard = s.shard and p.shop_id = s.id) as charged_back,
  (select jsonb_agg(jsonb_build_array(a.code, a.credits_posted - a.debits_posted, a.debits_pending))
   from ledger.public_accounts a where a.shard = s.shard and a.id = any ($3::uuid[])) as accounts,
  (select r.freeze_days from onboarding.public_deposits r where r.shard = s.shard and r.shop_id = s.id) as freeze_days,
  greatest(
    case when s.closing_at is not null then o.last_settled_at else (
      select max(t.settled_at) from credit.public_trades t where t.shard = s.shard and t.shop_id = s.id) end,
    (select max(w.settled_at) from wire.public_settlements w
     where w.shard = s.shard and w.shop_id = s.id and w.settled_at is not null)) as last_settled_at
from shops.public_shops s
cross join lateral (
  select coalesce((select open_from from orders.horizons where shard = s.shard and shop_id = s.id), '-infinity') as open_from) h
join lateral (
  select count(*) filter (where state = 'created') as unpaid,
    count(*) filter (where state in ('paid', 'part_shipped')) as unshipped,
    count(*) filter (where state = 'shipped') as shipped,
    count(*) filter (where state = 'received') as settling,
    count(*) filter (where state = 'refunded' and refunded_at is null) as refunding,
    max(settled_at) filter (where state = 'completed') as last_settled_at
  from orders.orders
  where shard = s.shard and shop_id = s.id and placed_at >= h.open_from and placed_at < 'infinity' and state <> 'closed'
) o on true
where s.shard = $1 and s.id = $2;

-- name: find_closed_with_money
-- Shops that are closed and have something again, available or as a deposit: two looks by an index for each that is closed.
select s.id
from shops.public_shops s
where s.shard between 0 and 63 and s.closed_at is not null and exists (
  select from ledger.public_accounts a
  where a.shard = s.shard and a.owner_id = s.id and a.code in (2021, 2022) and a.credits_posted > a.debits_posted)
limit $1;

-- name: read_checkout
-- What a checkout has to know of its buyer: the address book, the default first, the coupons that may be used in some
-- shops now, those that end soonest, and the newest unpaid orders of nothing but what is wanted again ($7, $8: so many).
(select person_id, id, region, contact, is_default, created_at, region_code, tag, null::uuid as campaign_id,
  null::uuid as shop_id, null::text as name, null::text as state, null::bigint as amount, null::smallint as percent,
  null::bigint as threshold, null::uuid[] as product_ids, null::uuid[] as category_ids, null::jsonb as cashier, null::timestamptz as starts_at,
  null::timestamptz as claimed_at, null::timestamptz as expires_at, null::uuid as order_id,
  null::boolean as at_till, null::timestamptz as ended_at, null::bigint as unpaid
from identity.public_addresses
where shard = $1 and person_id = $2
order by is_default desc, created_at desc, id desc
limit $6)
union all
(select person_id, id, null, null, null, null, null, null, campaign_id, shop_id, name, state, amount, percent, threshold,
  product_ids, category_ids, cashier, starts_at, claimed_at, expires_at, order_id, at_till, ended_at, null
from coupons.public_coupons
where shard between 0 and 63 and person_id = $2 and state = 'unused' and expires_at > $4 and starts_at <= $4
  and (shop_id is null or shop_id = any ($3::uuid[]))
order by expires_at, id
limit $5)
union all
(select null, o.id, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
  null, null, null, null, o.total
from orders.orders o
where o.shard between 0 and 63 and o.buyer_id = $2 and o.state = 'created'
  and not exists (
    select from orders.lines l
    where l.shard = o.shard and l.order_id = o.id and not exists (
      select from unnest($7::uuid[], $8::bigint[]) as w (sku_id, quantity) where w.sku_id = l.sku_id and w.quantity = l.quantity))
order by o.placed_at desc, o.id desc
limit $9)
union all
(select null, p.id, p.address, null, null, null, null, p.phone, null, p.shop_id, p.name, p.hours, null, null, null, null, null, null, null, null,
  null, null, null, null, null
from freight.public_places p
where p.shard = any ($10::smallint[]) and p.shop_id = any ($3::uuid[])
order by p.shop_id, p.id
limit $11);

-- name: get_texts_to_sift
-- What products said until some time ago, the oldest first, and whether that is needed: it stood for long, or somebody ordered under it.
-- Many texts of a shop may have stood at the same time, and lines have no index by product: orders are read once for all of them,
-- span by span: joined at once, the orders of all shops may be read.
with page as materialized (
  select f.shard, f.product_id, f.version, f.shop_id, f.from_at, f.until_at
  from catalog.public_texts_to_sift f
  where f.shard between 0 and 63 and f.until_at < $1
  order by f.until_at
  limit $3),
spans as materialized (
  select shard, shop_id, unnest(range_agg(tstzrange(from_at, until_at))) as span
  from page
  where from_at < until_at and until_at - from_at < $2::interval
  group by shard, shop_id)
select product_id, version, until_at - from_at >= $2::interval or coalesce(ordered_at >= from_at, false) as is_needed
from (
  select product_id, version, from_at, until_at,
    max(placed_at) over (partition by shard, product_id order by at, version is null) as ordered_at
  from (
    select shard, product_id, version, from_at, until_at, until_at as at, null::timestamptz as placed_at from page
    union all
    select s.shard, o.product_id, null, null, null, o.placed_at, o.placed_at
    from spans s
    join lateral (
      select distinct l.product_id, o.placed_at
      from orders.orders o
      join orders.lines l on l.shard = o.shard and l.order_id = o.id
      where o.shard = s.shard and o.shop_id = s.shop_id
        and o.placed_at >= lower(s.span) and o.placed_at < upper(s.span)) o on true) t) looked
where version is not null
order by until_at;
