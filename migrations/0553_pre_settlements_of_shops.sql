-- pre: A shop that is being closed waits for the money of its programs' orders, and keeps its deposit for some days after the last
-- of them was settled. Closed shops are looked at by the clock, in case money comes to them later.
create view wire.public_settlements as select shard, shop_id, due_at, settled_at from wire.merchant_orders;
create index merchant_orders_open_of_a_shop on wire.merchant_orders (shop_id) where due_at is not null;
create index merchant_orders_settled_of_a_shop on wire.merchant_orders (shop_id, settled_at) where settled_at is not null;
create index shops_closed on shops.shops (id) where closed_at is not null;
grant select on wire.public_settlements to weiji_app;
