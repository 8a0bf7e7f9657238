-- name: get_figures
-- What waits at all desks, and what was done since a time. Desks hold what people decide one by one, so all of it is counted.
select d.desk, count(*) filter (where d.done_at is null) as waiting,
  count(*) filter (where d.done_at is null and d.due_at < $1) as overdue,
  min(d.since) filter (where d.done_at is null) as oldest_at,
  count(*) filter (where d.done_at is not null) as done,
  coalesce(extract(epoch from avg(d.done_at - d.since)), 0)::bigint as seconds_mean
from (
  select 'inquiries' as desk, opened_at as since, due_at, decided_at as done_at
  from supervision.inquiries where shard between 0 and 63 and (decided_at is null or decided_at > $2)
  union all
  select 'names', marked_at, due_at, decided_at
  from supervision.marked_names where shard between 0 and 63 and (decided_at is null or decided_at > $2)
  union all
  select 'penalty_appeals', appealed_at, null, judged_at
  from supervision.penalties
  where shard between 0 and 63 and appealed_at is not null and (judged_at > $2 or judged_at is null and state <> 'lifted')
  union all
  select 'suspension_appeals', since, due_at, done_at
  from shops.public_desk where shard between 0 and 63 and (done_at is null or done_at > $2)
  union all
  select 'goods', since, due_at, done_at
  from catalog.public_desk where shard between 0 and 63 and (done_at is null or done_at > $2)
  union all
  select 'applications', since, due_at, done_at
  from onboarding.public_desk where shard between 0 and 63 and (done_at is null or done_at > $2)
  union all
  select 'reviews', since, due_at, done_at
  from reviews.public_desk where shard between 0 and 63 and (done_at is null or done_at > $2)
  union all
  select 'disputes', since, due_at, done_at
  from disputes.public_desk where shard between 0 and 63 and (done_at is null or done_at > $2)
  union all
  -- Apart, as bank transfers are: with "or" all that was ever decided is read.
  select 'payment_complaints', since, due_at, done_at
  from wire.public_complaint_desk where shard between 0 and 63 and not is_over
  union all
  select 'payment_complaints', since, due_at, done_at
  from wire.public_complaint_desk where shard between 0 and 63 and is_over and done_at > $2 and done_at <= $1
  union all
  select 'chargebacks', since, due_at, done_at
  from chargebacks.public_desk where shard between 0 and 63 and (done_at is null or done_at > $2)
  union all
  select 'approvals', since, due_at, done_at
  from approvals.public_desk where shard between 0 and 63 and (done_at > $2 or done_at is null and due_at > $1)
  union all
  select 'breaks', since, due_at, done_at
  from reconciliation.public_desk where shard between 0 and 63 and (done_at is null or done_at > $2)
  union all
  -- Apart, and with an upper bound: so that a generic plan expects few batches, and reads the transfers of those alone.
  select 'bank_transfers', since, due_at, done_at
  from payments.public_desk where shard between 0 and 63 and done_at is null
  union all
  select 'bank_transfers', since, due_at, done_at
  from payments.public_desk where shard between 0 and 63 and done_at > $2 and done_at <= $1
  union all
  select desk, since, due_at, done_at
  from payments.public_payout_desks where shard between 0 and 63 and not is_over and since <= $1
  union all
  select desk, since, due_at, done_at
  from payments.public_payout_desks where shard between 0 and 63 and is_over and done_at > $2 and done_at <= $1
  union all
  select 'enrolments', since, due_at, done_at
  from payments.public_enrolment_desk where shard between 0 and 63 and (done_at is null or done_at > $2)) as d
group by d.desk;
