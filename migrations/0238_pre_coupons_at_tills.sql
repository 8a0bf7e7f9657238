-- A shop uses coupons of its own at its till, outside of orders: `order_id` then is the use's own id.
alter table coupons.coupons add column at_till boolean not null default false;
alter table coupons.coupons add constraint coupons_at_tills_are_used check (not at_till or state = 'used');
grant update (at_till, expires_at) on coupons.coupons to weiji_app;

create or replace view coupons.public_coupons as
select c.shard, c.id, c.person_id, c.state, c.claimed_at, c.expires_at, c.order_id, c.campaign_id, m.shop_id, m.name, m.amount,
  m.percent, m.threshold, m.product_ids, m.category_ids, m.starts_at, c.at_till
from coupons.coupons c
join coupons.campaigns m on m.shard = c.shard and m.id = c.campaign_id;
