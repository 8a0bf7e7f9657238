-- What of the money waits for staff, beside the other desks; and what of withdrawals came to nothing, for who has them again.
create view payments.public_desk as
select t.shard, t.created_at as since, null::timestamptz as due_at, b.created_at as done_at
from payments.bank_transfers t
left join payments.bank_batches b on b.id = t.batch_id;
grant select on payments.public_desk to weiji_app;

create view reconciliation.public_desk as
select shard, found_at as since, null::timestamptz as due_at, resolved_at as done_at
from reconciliation.breaks
where state <> 'resolved' or resolved_by is not null;
grant select on reconciliation.public_desk to weiji_app;

create view approvals.public_desk as
select shard, proposed_at as since, expires_at as due_at, decided_at as done_at
from approvals.proposals;
grant select on approvals.public_desk to weiji_app;

create view payments.public_payouts as
select shard, id, owner_id, amount, status, created_at, ended_at
from payments.payouts;
grant select on payments.public_payouts to weiji_app;
