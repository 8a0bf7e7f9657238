-- name: lock_inquiries
-- Those that are named, and those of subjects that are open; in id order.
select c.id, c.shop_id, c.subject_kind, c.subject_id, c.state, c.complaints, c.findings, c.opened_at, c.due_at, c.assignee_id,
  c.assigned_at, c.decided_by, c.decided_at, c.verdict, c.reason, c.answer, c.hits
from supervision.inquiries c
where c.shard = any ($1::smallint[]) and (c.id = any ($2::uuid[]) or c.subject_id = any ($3::uuid[]) and c.state = 'open')
order by c.id
for no key update of c;

-- name: get_inquiries
select c.id, c.shop_id, c.subject_kind, c.subject_id, c.state, c.complaints, c.findings, c.opened_at, c.due_at, c.assignee_id,
  c.assigned_at, c.decided_by, c.decided_at, c.verdict, c.reason, c.answer, c.hits
from supervision.inquiries c
where c.shard = any ($1::smallint[]) and c.id = any ($2::uuid[]);

-- name: put_inquiries
insert into supervision.inquiries (shard, id, shop_id, subject_kind, subject_id, state, complaints, findings, opened_at, due_at,
  assignee_id, assigned_at, decided_by, decided_at, verdict, reason, answer, hits)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::integer[], $8::jsonb[],
  $9::timestamptz[], $10::timestamptz[], $11::uuid[], $12::timestamptz[], $13::uuid[], $14::timestamptz[], $15::text[],
  $16::text[], $17::text[], $18::jsonb[])
on conflict (id, shard) do update
set state = excluded.state, complaints = excluded.complaints, findings = excluded.findings, due_at = excluded.due_at,
  assignee_id = excluded.assignee_id, assigned_at = excluded.assigned_at, decided_by = excluded.decided_by,
  decided_at = excluded.decided_at, verdict = excluded.verdict, reason = excluded.reason, answer = excluded.answer,
  hits = excluded.hits;

-- name: get_complaints
-- Those that are named, and those of people in inquiries.
select m.id, m.inquiry_id, m.shop_id, m.subject_id, m.person_id, m.kind, m.text, m.filed_at
from supervision.complaints m
where m.shard = any ($1::smallint[])
  and (m.id = any ($2::uuid[]) or m.inquiry_id = any ($3::uuid[]) and m.person_id = any ($4::uuid[]));

-- name: add_complaints
insert into supervision.complaints (shard, id, inquiry_id, shop_id, subject_id, person_id, kind, text, filed_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
  $9::timestamptz[]);

-- name: get_subjects
-- Products and shops that there are, and the shop of each. A draft is its shop's own business.
select p.id, p.shop_id from catalog.public_products p
where p.shard = any ($1::smallint[]) and p.id = any ($2::uuid[]) and p.status not in ('draft', 'in_review')
union all
select s.id, s.id from shops.public_shops s where s.shard = any ($1::smallint[]) and s.id = any ($2::uuid[]);

-- name: get_subject
-- What is complained of, as a form shows it.
select p.title, p.shop_id, s.name as shop_name, s.handle as shop_handle
from catalog.public_products p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
where p.shard = $1 and p.id = $2 and p.status not in ('draft', 'in_review')
union all
select s.name, s.id, s.name, s.handle from shops.public_shops s where s.shard = $1 and s.id = $2;

-- name: lock_records
-- Locks the records of shops in id order, and makes those that are not there.
insert into supervision.records (shard, shop_id)
select shard, shop_id from unnest($1::smallint[], $2::uuid[]) as r (shard, shop_id)
order by shop_id
on conflict (shop_id, shard) do update set shop_id = excluded.shop_id;

-- name: lock_penalties
-- Those that are named, those in force of products or of inquiries, and those of shops that count; in id order.
select p.id, p.inquiry_id, p.shop_id, p.product_id, p.kind, p.reason, p.findings, p.imposed_by, p.imposed_at, p.state, p.ended_at,
  p.appeal, p.appealed_at, p.judged_by, p.judged_at, p.is_granted, p.judgement, p.hits, p.is_provisional, p.until, p.points, p.step
from supervision.penalties p
where p.shard = any ($1::smallint[])
  and (p.id = any ($2::uuid[]) or p.product_id = any ($3::uuid[]) and p.kind = 'taken_down' and p.state = 'in_force'
    or p.inquiry_id = any ($4::uuid[]) and p.state = 'in_force'
    or p.shop_id = any ($5::uuid[]) and (p.state = 'in_force' or p.imposed_at > $6))
order by p.id
for no key update of p;

-- name: get_penalties
select p.id, p.inquiry_id, p.shop_id, p.product_id, p.kind, p.reason, p.findings, p.imposed_by, p.imposed_at, p.state, p.ended_at,
  p.appeal, p.appealed_at, p.judged_by, p.judged_at, p.is_granted, p.judgement, p.hits, p.is_provisional, p.until, p.points, p.step
from supervision.penalties p
where p.shard = any ($1::smallint[]) and p.id = any ($2::uuid[]);

-- name: put_penalties
insert into supervision.penalties (shard, id, inquiry_id, shop_id, product_id, kind, reason, findings, imposed_by, imposed_at,
  state, ended_at, appeal, appealed_at, judged_by, judged_at, is_granted, judgement, hits, is_provisional, until, points, step)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::jsonb[],
  $9::uuid[], $10::timestamptz[], $11::text[], $12::timestamptz[], $13::text[], $14::timestamptz[], $15::uuid[],
  $16::timestamptz[], $17::boolean[], $18::text[], $19::jsonb[], $20::boolean[], $21::timestamptz[], $22::smallint[],
  $23::smallint[])
on conflict (id, shard) do update
set reason = excluded.reason, imposed_by = excluded.imposed_by, is_provisional = excluded.is_provisional,
  until = excluded.until, points = excluded.points,
  state = excluded.state, ended_at = excluded.ended_at, appeal = excluded.appeal, appealed_at = excluded.appealed_at,
  judged_by = excluded.judged_by, judged_at = excluded.judged_at, is_granted = excluded.is_granted,
  judgement = excluded.judgement;

-- name: list_open
-- What waits, whose time ends first; with $1 only what is that person's.
select c.id, c.shop_id, c.subject_kind, c.subject_id, c.state, c.complaints, c.findings, c.opened_at, c.due_at, c.assignee_id,
  c.assigned_at, c.decided_by, c.decided_at, c.verdict, c.reason, c.answer, c.hits, s.name as shop_name,
  (select q.title from catalog.public_products q where q.shard = c.shard and q.id = c.subject_id) as title
from supervision.inquiries c
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard between 0 and 63 and c.state = 'open' and ($1::uuid is null or c.assignee_id = $1)
  and (c.due_at, c.id)
    > (coalesce($2, '-infinity'::timestamptz), coalesce($3, '00000000-0000-0000-0000-000000000000'::uuid))
order by c.due_at, c.id
limit $4;

-- name: list_decided
select c.id, c.shop_id, c.subject_kind, c.subject_id, c.state, c.complaints, c.findings, c.opened_at, c.due_at, c.assignee_id,
  c.assigned_at, c.decided_by, c.decided_at, c.verdict, c.reason, c.answer, c.hits, s.name as shop_name,
  (select q.title from catalog.public_products q where q.shard = c.shard and q.id = c.subject_id) as title
from supervision.inquiries c
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard between 0 and 63 and c.state = 'decided'
  and (c.decided_at, c.id)
    < (coalesce($1, 'infinity'::timestamptz), coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by c.decided_at desc, c.id desc
limit $3;

-- name: list_appeals
-- What waits for a judgement, the oldest first; of what is over, too: its points may be given back. What is lifted waits no more.
select p.id, p.inquiry_id, p.shop_id, p.product_id, p.kind, p.reason, p.findings, p.imposed_by, p.imposed_at, p.state, p.ended_at,
  p.appeal, p.appealed_at, p.judged_by, p.judged_at, p.is_granted, p.judgement, p.hits, p.is_provisional, p.until, p.points, p.step, s.name as shop_name,
  (select q.title from catalog.public_products q where q.shard = p.shard and q.id = p.product_id) as title
from supervision.penalties p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
where p.shard between 0 and 63 and p.appealed_at is not null and p.judged_at is null and p.state <> 'lifted'
  and (p.appealed_at, p.id)
    > (coalesce($1, '-infinity'::timestamptz), coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid))
order by p.appealed_at, p.id
limit $3;

-- name: list_penalties_of_shop
select p.id, p.inquiry_id, p.shop_id, p.product_id, p.kind, p.reason, p.findings, p.imposed_by, p.imposed_at, p.state, p.ended_at,
  p.appeal, p.appealed_at, p.judged_by, p.judged_at, p.is_granted, p.judgement, p.hits, p.is_provisional, p.until, p.points, p.step, s.name as shop_name,
  (select q.title from catalog.public_products q where q.shard = p.shard and q.id = p.product_id) as title
from supervision.penalties p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
where p.shard = $1 and p.shop_id = $2
  and (p.imposed_at, p.id)
    < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by p.imposed_at desc, p.id desc
limit $5;

-- name: get_file
-- An inquiry with all that belongs to it: complaints, penalties, and what else there was about its subject.
select c.id, c.shop_id, c.subject_kind, c.subject_id, c.state, c.complaints, c.findings, c.opened_at, c.due_at, c.assignee_id,
  c.assigned_at, c.decided_by, c.decided_at, c.verdict, c.reason, c.answer, c.hits, s.name as shop_name, s.handle as shop_handle, s.standing,
  (select q.title from catalog.public_products q where q.shard = c.shard and q.id = c.subject_id) as title,
  (select jsonb_agg(to_jsonb(m) order by m.filed_at, m.id) from (
     select m.id, m.inquiry_id, m.shop_id, m.subject_id, m.person_id, m.kind, m.text, m.filed_at from supervision.complaints m
     where m.shard = c.shard and m.inquiry_id = c.id order by m.filed_at, m.id limit $3) m) as filed,
  (select jsonb_agg(to_jsonb(p) order by p.imposed_at) from (
     select p.id, p.inquiry_id, p.shop_id, p.product_id, p.kind, p.reason, p.findings, p.imposed_by, p.imposed_at, p.state, p.ended_at,
  p.appeal, p.appealed_at, p.judged_by, p.judged_at, p.is_granted, p.judgement, p.hits, p.is_provisional, p.until, p.points, p.step from supervision.penalties p
     where p.shard = c.shard and p.inquiry_id = c.id) p) as penalties,
  (select count(*) from supervision.penalties p where p.shard = c.shard and p.shop_id = c.shop_id and p.state = 'in_force') as of_shop,
  (select coalesce(sum(p.points), 0)::integer from supervision.penalties p
   where p.shard = c.shard and p.shop_id = c.shop_id and p.state <> 'lifted' and p.imposed_at > $4) as points
from supervision.inquiries c
join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard = $1 and c.id = $2;

-- name: get_complaint
-- A complaint, and what came of it.
select m.id, m.inquiry_id, m.shop_id, m.subject_id, m.person_id, m.kind, m.text, m.filed_at, c.subject_kind, c.state, c.verdict, c.answer, c.decided_at, c.assigned_at, s.name as shop_name, s.handle as shop_handle,
  -- What the decision imposed, not a rule before it or the ladder after it; and nothing like it is left.
  (select max(p.judged_at) from supervision.penalties p
   where p.shard = m.shard and p.inquiry_id = m.inquiry_id and p.is_granted and p.step = 0 and p.judged_at > c.decided_at
     and p.kind = case c.verdict when 'warned' then 'warning' else c.verdict end
     and not exists (
       select from supervision.penalties q
       where q.shard = m.shard and q.inquiry_id = m.inquiry_id and q.step = 0 and q.state = 'in_force')) as undone_at,
  (select q.title from catalog.public_products q where q.shard = c.shard and q.id = c.subject_id) as title
from supervision.complaints m
join supervision.inquiries c on c.shard = m.shard and c.id = m.inquiry_id
join shops.public_shops s on s.shard = m.shard and s.id = m.shop_id
where m.shard = $1 and m.id = $2;

-- name: get_listed_after
-- Products on sale, some at a time, by shard.
select p.id from catalog.public_products p
where p.shard = $1 and p.status = 'listed' and p.id > $2
order by p.id
limit $3;

-- name: get_taken_by_words
-- What word rules took down, some at a time: nobody has decided so.
select p.id, p.inquiry_id, p.product_id from supervision.penalties p
where p.shard = $1 and p.state = 'in_force' and p.kind = 'taken_down' and p.imposed_by is null and p.findings <> '[]'
  and p.hits = '[]' and p.id > $2
order by p.id
limit $3;

-- name: add_word_trials
insert into supervision.word_trials (id, rules, asked_by, asked_at)
select * from unnest($1::uuid[], $2::jsonb[], $3::uuid[], $4::timestamptz[])
on conflict do nothing;

-- name: get_word_trials
select id, rules, asked_by, asked_at, next_shard, looked, found as finds, failures, failed_at, done_at
from supervision.word_trials where id = any ($1::uuid[]);

-- name: get_word_trial_to_do
select id, rules, asked_by, asked_at, next_shard, looked, found as finds, failures, failed_at, done_at
from supervision.word_trials
where done_at is null and failed_at is null
order by asked_at
limit 1;

-- name: put_word_trial
-- Of two processes that did the same shard one writes it.
update supervision.word_trials set next_shard = $2, looked = $3, found = $4, done_at = $5
where id = $1 and next_shard = $2 - 1 and failed_at is null
returning id;

-- name: note_failure
update supervision.word_trials
set failures = failures + 1, failed_at = case when failures + 1 >= $2 then $3::timestamptz end
where id = $1 and done_at is null and failed_at is null;

-- name: forget_word_trials
delete from supervision.word_trials where asked_at < $1;

-- name: get_penalties_to_end
select p.id from supervision.penalties p
where p.shard between 0 and 63 and p.state = 'in_force' and p.until <= $1
order by p.until
limit $2;

-- name: get_record
-- A shop with its points, when the earliest of them lapse, and whether it is suspended (by which no penalty of ours is meant).
select s.id, s.handle, s.name,
  s.standing = 'suspended' or (s.is_withdrawals_suspended and not exists (
    select from supervision.penalties h
    where h.shard = s.shard and h.shop_id = s.id and h.kind = 'withdrawals_held' and h.state = 'in_force')) as is_suspended,
  coalesce(p.points, 0)::integer as points, p.earliest_at
from shops.public_shops s
left join lateral (
  select sum(p.points) as points, min(p.imposed_at) as earliest_at
  from supervision.penalties p
  where p.shard = s.shard and p.shop_id = s.id and p.state <> 'lifted' and p.points > 0 and p.imposed_at > $3) p on true
where s.shard = $1 and s.id = $2;

-- name: get_statistics
-- What waits, how old it is, and what each of the staff decided since, in time or late.
select
  (select count(*) from supervision.inquiries c where c.shard between 0 and 63 and c.state = 'open') as open,
  (select count(*) from supervision.inquiries c where c.shard between 0 and 63 and c.state = 'open' and c.due_at < $1) as overdue,
  (select min(c.opened_at) from supervision.inquiries c where c.shard between 0 and 63 and c.state = 'open') as oldest_at,
  (select count(*) from supervision.penalties p
   where p.shard between 0 and 63 and p.appealed_at is not null and p.judged_at is null and p.state <> 'lifted') as appeals,
  (select coalesce(jsonb_agg(to_jsonb(x) order by x.decided desc, x.person_id), '[]') from (
     select c.decided_by as person_id, count(*) as decided, count(*) filter (where c.decided_at <= c.due_at) as in_time,
       extract(epoch from avg(c.decided_at - c.opened_at))::bigint as seconds_mean
     from supervision.inquiries c
     where c.shard between 0 and 63 and c.state = 'decided' and c.decided_at > $2 and c.decided_by is not null
     group by c.decided_by
     order by count(*) desc, c.decided_by
     limit $3) x) as staff;
