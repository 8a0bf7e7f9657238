-- What two people said meanwhile over the program before: it wrote down how the break ends, and nothing at the capture.
update payments.captures c
set ended_at = b.resolved_at
from reconciliation.breaks b
where c.disposition = 'unmatched' and b.shard = c.shard and b.channel = c.channel and b.reference = c.reference
  and b.kind = 'charge' and b.told = 'unmatched' and b.state = 'resolved' and b.resolved_by is not null and c.ended_at is null;
