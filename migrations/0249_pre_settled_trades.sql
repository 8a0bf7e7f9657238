-- Settled trades by shop and time. Credit counts each of them.
create view credit.public_trades as select shard, shop_id, order_id, settled_at from credit.trades;
grant select on credit.public_trades to weiji_app;

-- Room on its page for what a line is after it was shipped.
alter table orders.lines set (fillfactor = 60);
