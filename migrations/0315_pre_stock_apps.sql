-- pre: By which app's names a merchant is told who has coupons of a stock is said with the stock (notify_appid).

create table wire.stock_apps (
  shard smallint not null,
  campaign_id uuid not null,
  appid text not null constraint stock_apps_appid_length check (length(appid) between 1 and 32),
  primary key (campaign_id, shard)
);
grant select, insert on wire.stock_apps to weiji_app;
