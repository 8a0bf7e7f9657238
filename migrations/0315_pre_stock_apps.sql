-- pre: By which app's names a merchant is told who has coupons of a stock is said with the stock (notify_appid).

create table wire.stock_apps (
  shard smallint not null,
  campaign_id uuid not null,
  appid text not null constraint stock_apps_appid_length check (length(appid) between 1 and 32),
  primary key (campaign_id, shard)
);
grant select, insert on wire.stock_apps to weiji_app;

-- Stocks that are there have the app that their merchant's people are named by today; 0316 does the same of what comes meanwhile.
insert into wire.stock_apps (shard, campaign_id, appid)
select c.shard, c.id, m.coupon_appid
from wire.merchants m
join coupons.campaigns c on c.shard = m.shard and c.shop_id = m.shop_id
where m.coupon_appid is not null;
