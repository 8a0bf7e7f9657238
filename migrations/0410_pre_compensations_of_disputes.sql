-- pre: What was proposed to be paid out of a shop's deposit because of a dispute is told with the dispute.
create index proposals_of_disputes on approvals.proposals (shard, ((deed ->> 'case_id')::uuid)) where deed ->> 'case_id' is not null;

create view approvals.public_compensations as
select shard, id, (deed ->> 'case_id')::uuid as case_id, (deed ->> 'order_id')::uuid as order_id,
  (deed ->> 'amount')::bigint as amount, state, proposed_at, expires_at, decided_at
from approvals.proposals
where deed ->> 'deed' = 'compensation' and deed ->> 'case_id' is not null;

grant select on approvals.public_compensations to weiji_app;
