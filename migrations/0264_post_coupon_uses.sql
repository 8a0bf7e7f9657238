-- What is used now was noted nowhere else.
insert into coupons.uses (shard, coupon_id, use_id, campaign_id, person_id, at_till, amount, sales, used_at)
select shard, id, order_id, campaign_id, person_id, at_till, amount, sales, used_at from coupons.coupons where state = 'used'
on conflict do nothing;
