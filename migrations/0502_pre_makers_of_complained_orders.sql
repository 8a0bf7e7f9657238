-- pre: A complaint knows which shop's program made its order, the same or a service provider's: whoever works there decides nothing
-- about it. A number of a merchant never becomes another shop's.
alter table wire.complaints add column maker_id uuid;
update wire.complaints c set maker_id = m.shop_id
from wire.merchant_orders o, wire.merchants m
where o.shard = c.shard and o.id = c.order_id and m.mchid = o.caller_mchid;
