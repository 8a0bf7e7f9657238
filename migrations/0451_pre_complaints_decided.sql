-- pre: When the staff decided a complaint is written when they do: their desk counts it without reading all there ever were, and not
-- where its sides, or the money, ended it before them.

alter table wire.complaints add column decided_at timestamptz;
update wire.complaints set decided_at = coalesce(ended_at, (ruling ->> 'signed_at')::timestamptz)
where state = 'dismissed' or (state in ('refunding', 'refunded') and amount = (ruling ->> 'amount')::bigint);
alter table wire.complaints add constraint complaints_decided_are_signed check (
  decided_at is null or (ruling is not null and state in ('refunding', 'refunded', 'dismissed')));
create index complaints_by_decision on wire.complaints (decided_at) where decided_at is not null;
grant update (decided_at) on wire.complaints to weiji_app;

create or replace view wire.public_complaint_desk as
select shard, further_at as since, due_at, null::timestamptz as done_at
from wire.complaints
where state in ('reviewing', 'proposed')
union all
select shard, further_at, due_at, decided_at
from wire.complaints
where decided_at is not null;
