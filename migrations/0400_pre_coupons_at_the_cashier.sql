-- pre: Coupons that a merchant's program sends may be good at the cashier, and take their amount off the program's orders.

alter table coupons.campaigns add column cashier jsonb;
create index campaigns_prepaid on coupons.campaigns (id) where cashier @> '{"is_prepaid": true}';

create or replace view coupons.public_coupons as
select c.shard, c.id, c.person_id, c.state, c.claimed_at, c.expires_at, c.order_id, c.campaign_id, m.shop_id, m.name,
  m.amount, m.percent, m.threshold, m.product_ids, m.category_ids, m.starts_at, c.at_till, c.ended_at, m.cashier
from coupons.coupons c
join coupons.campaigns m on m.shard = c.shard and m.id = c.campaign_id;

-- A discount nobody pays: the shop forgoes it. What was prepaid the shop gets, of who sent the coupon.
alter table wire.merchant_orders
  add column coupon jsonb,
  add column discount bigint not null default 0,
  add column discount_refunded bigint not null default 0,
  add column prepaid bigint not null default 0,
  add column prepaid_refunded bigint not null default 0,
  drop constraint merchant_orders_give_no_more_than_they_have;
alter table wire.merchant_orders
  add constraint merchant_orders_give_no_more_than_they_have check (
    released >= 0 and shared >= 0 and refunded >= 0 and refunded <= total
    and released + shared + (refunded - discount_refunded - given_back) <= total - discount) not valid,
  add constraint merchant_orders_coupon_takes_something_off check (
    (coupon is not null) = (discount + prepaid > 0) and discount >= 0 and prepaid >= 0 and least(discount, prepaid) = 0
    and discount + prepaid < total) not valid,
  add constraint merchant_orders_coupon_is_not_given_back_twice check (
    discount_refunded between 0 and discount and prepaid_refunded between 0 and prepaid) not valid;
grant update (coupon, discount, discount_refunded, prepaid, prepaid_refunded) on wire.merchant_orders to weiji_app;

alter table wire.merchant_refunds
  add column coupon bigint not null default 0,
  add constraint merchant_refunds_coupon_is_a_part check (coupon between 0 and amount) not valid;
