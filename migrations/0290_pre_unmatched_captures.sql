-- Money for nothing that both sides have gets a break, too: reconciliation reads what there is of it, and no two breaks end one sum.
create view payments.public_unmatched_captures as
select shard, channel, reference, captured_at
from payments.captures
where disposition = 'unmatched' and ended_at is null;

grant select on payments.public_unmatched_captures to weiji_app;

create unique index breaks_end_a_capture_once on reconciliation.breaks (reference, channel, shard)
where kind = 'charge' and told = 'unmatched';
