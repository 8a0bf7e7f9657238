-- Whose transfer, or whose own program's order, a movement of a wallet was for.
create view wire.public_subjects as
select shard, id, shop_id from wire.merchant_orders
union all
select shard, id, shop_id from wire.transfer_bills;
grant select on wire.public_subjects to weiji_app;
