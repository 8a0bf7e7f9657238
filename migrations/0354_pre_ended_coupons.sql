-- pre: A coupon that its shop ended is told apart from one whose time ran out.

alter table coupons.coupons add column ended_at timestamptz,
  add constraint coupons_ended_are_over check (ended_at is null or expires_at <= ended_at);
grant update (ended_at) on coupons.coupons to weiji_app;

create or replace view coupons.public_coupons as
select c.shard, c.id, c.person_id, c.state, c.claimed_at, c.expires_at, c.order_id, c.campaign_id, m.shop_id, m.name, m.amount,
  m.percent, m.threshold, m.product_ids, m.category_ids, m.starts_at, c.at_till, c.ended_at
from coupons.coupons c
join coupons.campaigns m on m.shard = c.shard and m.id = c.campaign_id;
