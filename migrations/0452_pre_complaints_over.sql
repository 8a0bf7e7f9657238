-- pre: What waits of complaints is read apart from what was decided: with one condition for both, all that was ever decided is read.
create or replace view wire.public_complaint_desk as
select shard, further_at as since, due_at, null::timestamptz as done_at, false as is_over
from wire.complaints
where state in ('reviewing', 'proposed')
union all
select shard, further_at, due_at, decided_at, true
from wire.complaints
where decided_at is not null;
