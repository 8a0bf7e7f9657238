-- What was queued by the program before.
insert into events.queue (shard, subscriber, id, streams, seqs, due_at, attempts, error, set_aside_at)
select shard, subscriber, id, array[stream], array[seq], due_at, attempts, error, set_aside_at
from events.deliveries;
drop table events.deliveries;
