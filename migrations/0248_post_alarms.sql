-- Those of orders that the program before knew.
insert into orders.alarms (shard, due_at, id, order_ids)
select shard, due_at, gen_random_uuid(), array_agg(order_id) from orders.deadlines group by shard, due_at;
drop table orders.deadlines;
