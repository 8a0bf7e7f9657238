-- post: Nobody names people any more by the app that asked for coupons last.

-- What programs of before made or named meanwhile; what was said with a stock stays.
insert into wire.stock_apps (shard, campaign_id, appid)
select c.shard, c.id, m.coupon_appid
from wire.merchants m
join coupons.campaigns c on c.shard = m.shard and c.shop_id = m.shop_id
where m.coupon_appid is not null
on conflict do nothing;

alter table wire.merchants drop column coupon_appid;
