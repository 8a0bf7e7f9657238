-- name: lock_orders
-- In id order, so that two batches never wait for each other.
select id, shop_id, mchid, caller_mchid, number, kind, description, total, notify_url, shares_profit, terms, key_id,
  fee_ppm, settle_days, state, created_at, expires_at, due_at, paid_at, closed_at, settled_at, payment_id, payer_id,
  channel, released, fee, shared, refunded, given_back, fee_returned, combined_id, subsidy_id, subsidy, subsidy_released,
  subsidy_returned, subsidy_declined_at, coupon, discount, discount_refunded, prepaid, prepaid_refunded, advanced, others
from wire.merchant_orders
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: get_orders
select id, shop_id, mchid, caller_mchid, number, kind, description, total, notify_url, shares_profit, terms, key_id,
  fee_ppm, settle_days, state, created_at, expires_at, due_at, paid_at, closed_at, settled_at, payment_id, payer_id,
  channel, released, fee, shared, refunded, given_back, fee_returned, combined_id, subsidy_id, subsidy, subsidy_released,
  subsidy_returned, subsidy_declined_at, coupon, discount, discount_refunded, prepaid, prepaid_refunded, advanced, others
from wire.merchant_orders
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: find_for_payer
-- An order with what its payer sees of the shop.
select o.id, o.shop_id, o.mchid, o.caller_mchid, o.number, o.kind, o.description, o.total, o.notify_url, o.shares_profit,
  o.terms, o.key_id, o.fee_ppm, o.settle_days, o.state, o.created_at, o.expires_at, o.due_at, o.paid_at, o.closed_at,
  o.settled_at, o.payment_id, o.payer_id, o.channel, o.released, o.fee, o.shared, o.refunded, o.given_back,
  o.fee_returned, o.combined_id, o.subsidy_id, o.subsidy, o.subsidy_released, o.subsidy_returned, o.subsidy_declined_at,
  o.coupon, o.discount, o.discount_refunded, o.prepaid, o.prepaid_refunded, o.advanced, o.others,
  s.name as shop_name
from wire.merchant_orders o
join shops.public_shops s on s.shard = o.shard and s.id = o.shop_id
where o.shard = $1 and o.id = $2;

-- name: list_orders
select id, shop_id, mchid, caller_mchid, number, kind, description, total, notify_url, shares_profit, terms, key_id,
  fee_ppm, settle_days, state, created_at, expires_at, due_at, paid_at, closed_at, settled_at, payment_id, payer_id,
  channel, released, fee, shared, refunded, given_back, fee_returned, combined_id, subsidy_id, subsidy, subsidy_released,
  subsidy_returned, subsidy_declined_at, coupon, discount, discount_refunded, prepaid, prepaid_refunded, advanced, others
from wire.merchant_orders
where shard = $1 and shop_id = $2
  and (created_at, id)
    < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by created_at desc, id desc
limit $5;

-- name: add_orders
insert into wire.merchant_orders (shard, id, shop_id, mchid, caller_mchid, number, kind, description, total, notify_url,
  shares_profit, terms, key_id, fee_ppm, settle_days, state, created_at, expires_at, due_at, combined_id)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::bigint[], $10::text[], $11::boolean[], $12::jsonb[], $13::text[], $14::integer[], $15::smallint[], $16::text[],
  $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::uuid[]);

-- name: change_orders
update wire.merchant_orders t
set state = c.state, due_at = c.due_at, paid_at = c.paid_at, closed_at = c.closed_at, settled_at = c.settled_at,
  payment_id = c.payment_id, payer_id = c.payer_id, channel = c.channel, released = c.released, fee = c.fee,
  shared = c.shared, refunded = c.refunded, given_back = c.given_back, fee_returned = c.fee_returned,
  subsidy_id = c.subsidy_id, subsidy = c.subsidy, subsidy_released = c.subsidy_released,
  subsidy_returned = c.subsidy_returned, subsidy_declined_at = c.subsidy_declined_at, coupon = c.coupon, discount = c.discount,
  discount_refunded = c.discount_refunded, prepaid = c.prepaid, prepaid_refunded = c.prepaid_refunded, advanced = c.advanced, others = c.others
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
  $7::timestamptz[], $8::uuid[], $9::uuid[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[],
  $15::bigint[], $16::bigint[], $17::uuid[], $18::bigint[], $19::bigint[], $20::bigint[], $21::timestamptz[], $22::jsonb[],
  $23::bigint[], $24::bigint[], $25::bigint[], $26::bigint[], $27::bigint[], $28::jsonb[])
  as c (shard, id, state, due_at, paid_at, closed_at, settled_at, payment_id, payer_id, channel, released, fee, shared,
    refunded, given_back, fee_returned, subsidy_id, subsidy, subsidy_released, subsidy_returned, subsidy_declined_at,
    coupon, discount, discount_refunded, prepaid, prepaid_refunded, advanced, others)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: get_due_orders
select id, state from wire.merchant_orders where shard between 0 and 63 and due_at <= $1 order by due_at limit $2;

-- name: get_refunds
select id, order_id, shop_id, mchid, caller_mchid, number, amount, reason, notify_url, key_id, created_at, fee_returned,
  arrived_at, arrived_at_wallet, abnormal_at, coupon
from wire.merchant_refunds
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: add_refunds
insert into wire.merchant_refunds (shard, id, order_id, shop_id, mchid, caller_mchid, number, amount, reason, notify_url,
  key_id, created_at, fee_returned, coupon, arrived_at, arrived_at_wallet)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[],
  $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::bigint[],
  $14::bigint[], $15::timestamptz[], $16::boolean[]);

-- name: note_refunds
update wire.merchant_refunds t
set arrived_at = $4, arrived_at_wallet = n.to_wallet
from unnest($1::smallint[], $2::uuid[], $3::boolean[]) as n (shard, id, to_wallet)
where t.shard = any ($1::smallint[]) and t.shard = n.shard and t.id = n.id;

-- name: note_abnormal_refunds
update wire.merchant_refunds set abnormal_at = $3 where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: get_refunds_of_order
select id, order_id, shop_id, mchid, caller_mchid, number, amount, reason, notify_url, key_id, created_at, fee_returned,
  arrived_at, arrived_at_wallet, abnormal_at, coupon
from wire.merchant_refunds
where shard = $1 and order_id = $2
order by id
limit $3;

-- name: list_paid
-- What was paid to a merchant after some order ($3, $5), until some time.
select id, shop_id, mchid, caller_mchid, number, kind, description, total, notify_url, shares_profit, terms, key_id,
  fee_ppm, settle_days, state, created_at, expires_at, due_at, paid_at, closed_at, settled_at, payment_id, payer_id,
  channel, released, fee, shared, refunded, given_back, fee_returned, combined_id, subsidy_id, subsidy, subsidy_released,
  subsidy_returned, subsidy_declined_at, coupon, discount, discount_refunded, prepaid, prepaid_refunded, advanced, others
from wire.merchant_orders
where shard = $1 and mchid = $2 and (paid_at, id) > ($3, $5) and paid_at < $4
order by paid_at, id
limit $6;

-- name: list_refunds
-- What a merchant gave back after some refund ($3, $5), until some time.
select id, order_id, shop_id, mchid, caller_mchid, number, amount, reason, notify_url, key_id, created_at, fee_returned,
  arrived_at, arrived_at_wallet, abnormal_at, coupon
from wire.merchant_refunds
where shard = $1 and mchid = $2 and (created_at, id) > ($3, $5) and created_at < $4
order by created_at, id
limit $6;

-- name: read_payer
-- What a cashier has to know of who is signed in: what the wallet has, and which coupons may be good for one of some orders, those that
-- end soonest. On a cluster every node is asked, each for few rows.
select w.balance, c.id, c.campaign_id, c.shop_id, c.name, c.person_id, c.state, c.amount, c.percent, c.threshold, c.product_ids,
  c.category_ids, c.cashier, c.starts_at, c.claimed_at, c.expires_at, c.order_id, c.at_till, c.ended_at
from (
  select coalesce((
    select credits_posted - debits_posted - debits_pending from ledger.public_accounts
    where shard = $1 and id = $2), 0)::bigint as balance) as w
left join (
  select * from coupons.public_coupons
  where shard between 0 and 63 and person_id = $3 and cashier is not null
    and (shop_id = any ($4::uuid[]) or cashier -> 'shop_ids' ?| $4::uuid[]::text[])
    and (state = 'unused' and starts_at <= $6 and expires_at > $6 or state = 'reserved' and order_id = any ($5::uuid[]))
  order by expires_at, id
  limit $7) as c on true
order by c.expires_at, c.id;
