-- post: What was said of trades of which nothing was left when they were settled counts for nothing, as of those that were
-- undone later. Only those were told to reviews: they hear now of the settlement of the others.
insert into events.queue (shard, subscriber, id, streams, seqs, due_at)
select e.shard, 'reviews.undo_trades', e.id, array[e.stream], array[e.seq], now()
from reviews.trades t
join orders.public_orders o on o.shard = t.shard and o.id = t.order_id
join events.events e on e.shard = t.shard and e.subject_id = t.order_id and e.type = 'OrderSettled'
where t.shard between 0 and 63 and t.undone_at is null and o.is_undone;
