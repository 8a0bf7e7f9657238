-- pre: A chargeback of a payment that its order did not take draws on nothing, and is not asked for again and again.
create view orders.public_rejections as select shard, order_id, payment_id from orders.rejections;
grant select on orders.public_rejections to weiji_app;
