-- What was sent of an order, for those who decide about it.
create view orders.public_parcels as
select shard, id, order_id, carrier, tracking_number, shipped_at, delivered_at
from orders.parcels;
grant select on orders.public_parcels to weiji_app;
