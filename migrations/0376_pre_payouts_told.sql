-- pre: Two of the staff may say what became of a payout whose channel doesn't; desks count what waits for that.

-- 0387 and 0388 go through the table, under lesser locks.
alter table payments.payouts
  add column asked_at timestamptz,
  add column told_at timestamptz,
  add constraint payouts_told_when_over check (told_at is null or status in ('paid', 'rejected', 'returned')) not valid;
grant update (asked_at, told_at) on payments.payouts to weiji_app;

-- What is under way is little, and has an index: so each part says what that needs. One that its channel was to make is for
-- people two days after that was first asked, and late after a month: then some channels don't know it any more.
create view payments.public_payout_desks as
  select shard, 'payout_reviews' as desk, created_at as since, review_by as due_at, null::timestamptz as done_at
  from payments.payouts where status = 'in_review'
  union all
  select shard, 'payout_reviews', created_at, review_by, released_at from payments.payouts where released_at is not null
  union all
  select shard, 'payout_reviews', created_at, review_by, ended_at from payments.payouts where status = 'refused'
  union all
  select shard, 'silent_payouts', asked_at + interval '48 hours', asked_at + interval '720 hours', null
  from payments.payouts
  where query_at is not null and asked_at is not null and status in ('submitted', 'unknown') and channel <> 'bank'
  union all
  select shard, 'silent_payouts', asked_at + interval '48 hours', asked_at + interval '720 hours', told_at
  from payments.payouts where told_at is not null;
grant select on payments.public_payout_desks to weiji_app;
