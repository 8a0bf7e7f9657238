-- Payouts by schedule have ids that say nothing of when they were asked for, so lists go by the time.
create index payouts_newest_of_owner on payments.payouts (owner_id, created_at, id);
create index payouts_newest on payments.payouts (created_at, id);
drop index payments.payouts_owner;
