-- pre: What waits for two and what is over are told apart by the view itself: so neither reads what can only be the other.
create or replace view payments.public_payout_desks as
  select shard, 'payout_reviews' as desk, created_at as since, review_by as due_at, null::timestamptz as done_at, false as is_over
  from payments.payouts where status = 'in_review'
  union all
  select shard, 'payout_reviews', created_at, review_by, released_at, true
  from payments.payouts where released_at is not null
  union all
  select shard, 'payout_reviews', created_at, review_by, ended_at, true from payments.payouts where status = 'refused'
  union all
  select shard, 'silent_payouts', asked_at + interval '48 hours', asked_at + interval '720 hours', null, false
  from payments.payouts
  where query_at is not null and asked_at is not null and status in ('submitted', 'unknown') and channel <> 'bank'
  union all
  select shard, 'silent_payouts', asked_at + interval '48 hours', asked_at + interval '720 hours', told_at, true
  from payments.payouts where told_at is not null;
