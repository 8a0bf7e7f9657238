-- name: lock_enrolments
-- In the order of their keys, so that two batches never wait for each other.
select e.shop_id, e.channel, e.status, e.attempts, e.reference, e.answers_sealed, e.told_sealed, e.fault, e.queries, e.query_at,
  e.created_at, e.changed_at, e.was, e.given_sealed, e.given_last4
from payments.enrolments e
join unnest($2::uuid[], $3::text[]) as c (shop_id, channel) on e.shop_id = c.shop_id and e.channel = c.channel
where e.shard = any ($1::smallint[])
order by e.shop_id, e.channel
for no key update of e;

-- name: get_enrolments
-- Bound otherwise, a shop is taken on as well, whether it ever applied or not.
select $2::uuid as shop_id, channel,
  case when m.bound_at is not null and coalesce(e.status, 'wanted') in ('wanted', 'handed_in', 'refused') then 'taken_on' else e.status end as status,
  coalesce(e.attempts, 0) as attempts, e.reference, e.answers_sealed, e.told_sealed, coalesce(e.fault, '') as fault,
  coalesce(e.queries, 0) as queries, e.query_at, coalesce(e.created_at, m.bound_at) as created_at,
  coalesce(e.changed_at, m.bound_at) as changed_at, e.was, e.given_sealed, e.given_last4
from (select * from payments.enrolments where shard = $1 and shop_id = $2) e
full join (select channel, bound_at from payments.sub_merchants where shard = $1 and shop_id = $2) m using (channel)
order by channel;

-- name: add_enrolments
-- Who comes second waits for the first, and adds nothing.
insert into payments.enrolments as e (shard, shop_id, channel, status, created_at, changed_at)
select c.shard, c.shop_id, c.channel, 'wanted', $4, $4 from unnest($1::smallint[], $2::uuid[], $3::text[]) as c (shard, shop_id, channel)
order by c.shop_id, c.channel
on conflict (shop_id, channel, shard) do nothing
returning e.shop_id, e.channel;

-- name: put_enrolments
update payments.enrolments e
set status = c.status, attempts = c.attempts, reference = c.reference, answers_sealed = c.answers_sealed,
  told_sealed = c.told_sealed, fault = c.fault, queries = c.queries, query_at = c.query_at, changed_at = c.changed_at,
  was = c.was, given_sealed = c.given_sealed, given_last4 = c.given_last4
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::bytea[], $8::bytea[], $9::text[],
  $10::smallint[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::bytea[], $15::text[])
  as c (shard, shop_id, channel, status, attempts, reference, answers_sealed, told_sealed, fault, queries, query_at, changed_at,
    was, given_sealed, given_last4)
where e.shard = any ($1::smallint[]) and e.shard = c.shard and e.shop_id = c.shop_id and e.channel = c.channel;

-- name: get_due_enrolments
select e.shop_id, e.channel, e.status, e.attempts, e.reference, e.answers_sealed, e.told_sealed, e.fault, e.queries, e.query_at,
  e.created_at, e.changed_at, e.was, e.given_sealed, e.given_last4
from payments.enrolments e
where e.shard = any ($1::smallint[]) and e.query_at <= $2
order by e.query_at
limit $3;

-- name: get_long_refused
-- What was set aside counts as well, and what is kept of shops that somebody bound.
select e.shop_id, e.channel from payments.enrolments e
where e.shard = any ($1::smallint[]) and e.query_at is null and e.changed_at <= $2
  and (e.status in ('refused', 'handed_in') or e.status = 'taken_on' and e.answers_sealed is not null)
order by e.changed_at
limit $3;

-- name: put_papers
insert into payments.enrolment_papers (shard, shop_id, channel, paper, sealed)
select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bytea[])
on conflict (shop_id, channel, paper, shard) do update set sealed = excluded.sealed;

-- name: get_papers
select p.paper, p.sealed from payments.enrolment_papers p where p.shard = $1 and p.shop_id = $2 and p.channel = $3;

-- name: remove_papers
delete from payments.enrolment_papers p
using unnest($1::smallint[], $2::uuid[], $3::text[]) as c (shard, shop_id, channel)
where p.shard = any ($1::smallint[]) and p.shard = c.shard and p.shop_id = c.shop_id and p.channel = c.channel;

-- name: remove_enrolments
delete from payments.enrolments e where e.shard = any ($1::smallint[]) and e.shop_id = any ($2::uuid[]);

-- name: remove_papers_of_shops
delete from payments.enrolment_papers p where p.shard = any ($1::smallint[]) and p.shop_id = any ($2::uuid[]);

-- name: remove_sub_merchants
delete from payments.sub_merchants m
where m.shard = any ($1::smallint[]) and m.shop_id = any ($2::uuid[])
returning m.shop_id, m.channel;

-- name: remove_former_sub_merchants
delete from payments.former_sub_merchants m where m.shard = any ($1::smallint[]) and m.shop_id = any ($2::uuid[]);
