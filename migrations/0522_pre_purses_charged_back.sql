-- pre: A shop that is being closed waits for the chargebacks of its deposit, and of orders of its programs.
create view chargebacks.public_open_purses as
select shard, shop_id from chargebacks.cases where closed_at is null and order_id is null and shop_id is not null;
grant select on chargebacks.public_open_purses to weiji_app;
