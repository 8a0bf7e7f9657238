-- Money that fitted nothing, and of which two people said how it ends, is nobody's question any more.
alter table payments.captures
  add column ended_at timestamptz,
  add constraint captures_ended_were_unmatched check (ended_at is null or disposition = 'unmatched');
grant update (ended_at) on payments.captures to weiji_app;

update payments.captures c
set ended_at = b.resolved_at
from reconciliation.breaks b
where c.disposition = 'unmatched' and b.shard = c.shard and b.channel = c.channel and b.reference = c.reference and b.kind = 'charge'
  and b.told = 'unmatched' and b.state = 'resolved' and b.resolved_by is not null;

drop index payments.captures_unmatched;
create index captures_unmatched on payments.captures (captured_at) where disposition = 'unmatched' and ended_at is null;
