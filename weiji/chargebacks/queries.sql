-- name: lock_cases
-- In id order, so that two batches never wait for each other.
select id, payment_id, order_id, shop_id, purse, debtor_id, channel, reference, amount, fee, reason, respond_by, state, stage, held, of_available,
  of_deposit, hold, borne, received_at, held_at, represented_at, represented_by, argument, ended_at, closed_at
from chargebacks.cases
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: get_cases
select id, payment_id, order_id, shop_id, purse, debtor_id, channel, reference, amount, fee, reason, respond_by, state, stage, held, of_available,
  of_deposit, hold, borne, received_at, held_at, represented_at, represented_by, argument, ended_at, closed_at
from chargebacks.cases
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: get_cases_of
-- All cases of orders, the oldest first.
select id, payment_id, order_id, shop_id, purse, debtor_id, channel, reference, amount, fee, reason, respond_by, state, stage, held, of_available,
  of_deposit, hold, borne, received_at, held_at, represented_at, represented_by, argument, ended_at, closed_at
from chargebacks.cases
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[])
order by received_at, id;

-- name: lock_payables
-- Orders of merchants' programs, in id order. Whoever gives money of one back holds it, too: so a refund and a chargeback of the
-- same money take turns.
select id, payment_id, is_closed, due, gone_back
from wire.public_payables
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: list_disputed
-- What of payments to shops their channels took back, and did not give again.
select id, payment_id, channel, reference, amount
from chargebacks.cases
where shard = any ($1::smallint[]) and payment_id = any ($2::uuid[]) and purse = 'shop' and state <> 'won';

-- name: add_cases
insert into chargebacks.cases (shard, id, payment_id, order_id, shop_id, channel, reference, amount, fee, reason, respond_by,
  state, received_at, purse, debtor_id)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::bigint[],
  $9::bigint[], $10::text[], $11::timestamptz[], $12::text[], $13::timestamptz[],
  $14::text[], $15::uuid[]);

-- name: change_cases
update chargebacks.cases c
set state = n.state, stage = n.stage, held = n.held, of_available = n.of_available, of_deposit = n.of_deposit, hold = n.hold,
  borne = n.borne, held_at = n.held_at, represented_at = n.represented_at, represented_by = n.represented_by, argument = n.argument,
  ended_at = n.ended_at, closed_at = n.closed_at
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::smallint[],
  $9::bigint[], $10::timestamptz[], $11::timestamptz[], $12::uuid[], $13::text[], $14::timestamptz[], $15::timestamptz[])
  as n (shard, id, state, stage, held, of_available, of_deposit, hold, borne, held_at, represented_at, represented_by, argument,
    ended_at, closed_at)
where c.shard = any ($1::smallint[]) and c.shard = n.shard and c.id = n.id;

-- name: get_evidence
select case_id, number, words, pictures, submitted_at
from chargebacks.evidence
where shard = any ($1::smallint[]) and case_id = any ($2::uuid[])
order by case_id, number;

-- name: add_evidence
insert into chargebacks.evidence (shard, case_id, number, words, pictures, submitted_by, submitted_at)
select e.shard, e.case_id, e.number, e.words, e.pictures::jsonb, e.submitted_by, e.submitted_at
from unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[])
  as e (shard, case_id, number, words, pictures, submitted_by, submitted_at);

-- name: list_cases
-- The newest first. Ids of cases are derived, so they do not tell.
select c.id, c.payment_id, c.order_id, c.shop_id, c.purse, c.debtor_id, c.channel, c.reference, c.amount, c.fee, c.reason, c.respond_by, c.state,
  c.stage, c.held, c.of_available, c.of_deposit, c.hold, c.borne, c.received_at, c.held_at, c.represented_at, c.represented_by,
  c.argument, c.ended_at, c.closed_at,
  s.name as shop, o.number
from chargebacks.cases c
left join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
left join orders.public_holds o on o.shard = c.shard and o.id = c.order_id
where c.shard between 0 and 63 and (c.state in ('won', 'lost')) = $1
  and ($2::uuid is null
    or (c.received_at, c.id) < (select b.received_at, b.id from chargebacks.cases b where b.shard between 0 and 63 and b.id = $2))
order by c.received_at desc, c.id desc
limit $3;

-- name: list_cases_of_shop
select c.id, c.payment_id, c.order_id, c.shop_id, c.purse, c.debtor_id, c.channel, c.reference, c.amount, c.fee, c.reason, c.respond_by, c.state,
  c.stage, c.held, c.of_available, c.of_deposit, c.hold, c.borne, c.received_at, c.held_at, c.represented_at, c.represented_by,
  c.argument, c.ended_at, c.closed_at,
  s.name as shop, o.number
from chargebacks.cases c
left join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
left join orders.public_holds o on o.shard = c.shard and o.id = c.order_id
where c.shard = $1 and c.shop_id = $2 and (c.state in ('won', 'lost')) = $3
  and ($4::uuid is null
    or (c.received_at, c.id) < (select b.received_at, b.id from chargebacks.cases b where b.shard = $1 and b.id = $4))
order by c.received_at desc, c.id desc
limit $5;

-- name: get_case
select c.id, c.payment_id, c.order_id, c.shop_id, c.purse, c.debtor_id, c.channel, c.reference, c.amount, c.fee, c.reason, c.respond_by, c.state,
  c.stage, c.held, c.of_available, c.of_deposit, c.hold, c.borne, c.received_at, c.held_at, c.represented_at, c.represented_by,
  c.argument, c.ended_at, c.closed_at,
  s.handle, s.name as shop, o.number, o.buyer_id
from chargebacks.cases c
left join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
left join orders.public_orders o on o.shard = c.shard and o.id = c.order_id
where c.shard = $1 and c.id = $2;

-- name: get_buyers
select c.id, o.buyer_id
from chargebacks.cases c
join orders.public_orders o on o.shard = c.shard and o.id = c.order_id
where c.shard = any ($1::smallint[]) and c.id = any ($2::uuid[]);

-- name: get_due
-- Those that are not held yet, those that are decided and had to wait, and those for which an order stands still that did not
-- take their payment, the oldest first. Of an order that another payment paid for nothing will ever be held.
select c.id
from chargebacks.cases c
where c.shard between 0 and 63 and c.closed_at is null
  and (c.state in ('won', 'lost') or c.held_at is null and c.purse is not null or exists (
    select from orders.public_holds o where o.shard = c.shard and o.id = c.order_id
      and (c.held_at is null) = (coalesce(o.payment_id, c.payment_id) = c.payment_id and not exists (
        select from orders.public_rejections r
        where r.shard = c.shard and r.order_id = c.order_id and r.payment_id = c.payment_id))))
  and not (c.state = 'lost' and c.held_at is not null and c.held < c.amount and exists (
    select from chargebacks.cases other
    where other.shard = c.shard and other.order_id = c.order_id and other.state in ('received', 'represented') and other.held > 0))
order by c.received_at
limit $1;

-- name: get_whole
-- What the channel took of the whole payment: of several orders each is a case.
select sum(amount)::bigint from chargebacks.cases
where shard between 0 and 63 and payment_id = $1 and channel = $2 and reference = $3;
