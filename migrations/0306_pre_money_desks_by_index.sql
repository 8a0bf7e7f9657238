-- pre: What of the money waits at the desks, or was done lately, is found by indexes, however many transfers and breaks there were.

-- A transfer waits as long as no batch has it (bank_transfers_sent_in_a_batch).
create or replace view payments.public_desk as
select t.shard, t.created_at as since, null::timestamptz as due_at, null::timestamptz as done_at
from payments.bank_transfers t
where t.status = 'waiting'
union all
select t.shard, t.created_at, null::timestamptz, b.created_at
from payments.bank_batches b
join payments.bank_transfers t on t.batch_id = b.id;

create index breaks_resolved_by_people on reconciliation.breaks (resolved_at) where resolved_by is not null;

create or replace view reconciliation.public_desk as
select shard, found_at as since, null::timestamptz as due_at, null::timestamptz as done_at
from reconciliation.breaks
where state <> 'resolved'
union all
select shard, found_at, null::timestamptz, resolved_at
from reconciliation.breaks
where state = 'resolved' and resolved_by is not null;
