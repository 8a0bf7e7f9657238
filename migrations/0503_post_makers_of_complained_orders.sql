-- post: Every complaint knows who made its order: those, too, that old code wrote beside the new.
update wire.complaints c set maker_id = m.shop_id
from wire.merchant_orders o, wire.merchants m
where c.maker_id is null and o.shard = c.shard and o.id = c.order_id and m.mchid = o.caller_mchid;
alter table wire.complaints alter column maker_id set not null;
