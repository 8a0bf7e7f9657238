-- name: get_checklist
-- The checklist in force, which is the latest.
select version, checklist from onboarding.checklists order by version desc limit 1;

-- name: list_checklists
select version, checklist, author_id, reason, published_at from onboarding.checklists
where $1::integer is null or version < $1
order by version desc
limit $2;

-- name: add_checklist
insert into onboarding.checklists (version, checklist, author_id, reason, published_at)
select $1, $2, $3, $4, $5
where $1 = (select max(version) + 1 from onboarding.checklists)
on conflict do nothing
returning version;

-- name: lock_applications
-- A statement of its own, in id order: what is read after it sees what the last holder of the locks committed.
select shop_id, state, created_at, attempts, checklist_version, submitted_at, promised_at, reviewer_id, decided_at, reason,
  forget_at
from onboarding.applications
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[])
order by shop_id
for no key update;

-- name: get_fields
select shop_id, field, sealed, state, reason
from onboarding.fields
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[])
order by shop_id, field;

-- name: get_documents
select id, shop_id, field, media_type, size, added_at
from onboarding.documents
where shard = any ($1::smallint[]) and (id = any ($2::uuid[]) or shop_id = any ($3::uuid[]))
order by id;

-- name: find_verified_owners
-- Who owns the verified shops that have a number. Applications of one number may lie anywhere.
select f.field, f.index, s.owner_id
from onboarding.fields f
join onboarding.applications a on a.shard = f.shard and a.shop_id = f.shop_id and a.state = 'approved'
join shops.public_shops s on s.shard = f.shard and s.id = f.shop_id
where f.shard between 0 and 63 and f.index = any ($1::bytea[]);

-- name: hold_numbers
-- In their order. Who comes second waits here until the first is done; its row is gone by then, or was never there.
insert into onboarding.numbers (index)
select index from unnest($1::bytea[]) as n (index) order by index
on conflict do nothing;

-- name: clear_numbers
-- What was written and removed in one transaction holds others up all the same, until it ends.
delete from onboarding.numbers where index = any ($1::bytea[]);

-- name: find_twins
-- Other applications with the same numbers, for the reviewer to see.
select distinct f.field, s.id, s.name, s.handle, s.owner_id, a.state
from onboarding.fields f
join onboarding.applications a on a.shard = f.shard and a.shop_id = f.shop_id
join shops.public_shops s on s.shard = f.shard and s.id = f.shop_id
where f.shard between 0 and 63 and f.index = any ($1::bytea[]) and f.shop_id <> $2
order by f.field, s.id
limit 20;

-- name: put_applications
insert into onboarding.applications as a
  (shard, shop_id, state, created_at, attempts, checklist_version, submitted_at, promised_at, reviewer_id, decided_at,
   reason, forget_at, kind)
select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::integer[], $6::integer[],
  $7::timestamptz[], $8::timestamptz[], $9::uuid[], $10::timestamptz[], $11::text[], $12::timestamptz[], $13::text[])
on conflict (shop_id, shard) do update
set state = excluded.state, attempts = excluded.attempts, checklist_version = excluded.checklist_version,
  submitted_at = excluded.submitted_at, promised_at = excluded.promised_at, reviewer_id = excluded.reviewer_id,
  decided_at = excluded.decided_at, reason = excluded.reason, forget_at = excluded.forget_at,
  kind = excluded.kind;

-- name: put_fields
insert into onboarding.fields as f (shard, shop_id, field, sealed, index, state, reason, saved_at)
select shard, shop_id, field, sealed, index, state, reason, $8
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::text[], $7::text[])
  as p (shard, shop_id, field, sealed, index, state, reason)
on conflict (shop_id, field, shard) do update
set sealed = excluded.sealed, index = excluded.index, state = excluded.state, reason = excluded.reason,
  saved_at = excluded.saved_at;

-- name: remove_fields
delete from onboarding.fields f
using unnest($1::smallint[], $2::uuid[], $3::text[]) as r (shard, shop_id, field)
where f.shard = any ($1::smallint[]) and f.shard = r.shard and f.shop_id = r.shop_id and f.field = r.field;

-- name: add_documents
insert into onboarding.documents (shard, id, shop_id, field, media_type, size, sealed, added_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::integer[], $7::bytea[],
  $8::timestamptz[]);

-- name: remove_documents
delete from onboarding.documents d
using unnest($1::smallint[], $2::uuid[]) as r (shard, id)
where d.shard = any ($1::smallint[]) and d.shard = r.shard and d.id = r.id;

-- name: get_contents
-- Documents with what is in them, and who has taken the application.
select d.id, d.shop_id, d.field, d.media_type, d.sealed, a.state, a.reviewer_id
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join onboarding.documents d on d.shard = asked.shard and d.id = asked.id
join onboarding.applications a on a.shard = d.shard and a.shop_id = d.shop_id
where d.shard = any ($1::smallint[]);

-- name: get_case
-- A shop with its application and the checklist in force: what a page of either side shows.
select s.id, s.handle, s.name, s.owner_id, s.status, s.verification, s.created_at as opened_at, c.version, c.checklist,
  a.shop_id, a.state, a.created_at, a.attempts, a.checklist_version, a.submitted_at, a.promised_at, a.reviewer_id,
  a.decided_at, a.reason, a.forget_at,
  (select jsonb_agg(jsonb_build_array(f.field, encode(f.sealed, 'hex'), f.state, f.reason) order by f.field)
   from onboarding.fields f where f.shard = $1 and f.shop_id = $2) as fields,
  (select jsonb_agg(jsonb_build_object('id', d.id, 'shop_id', d.shop_id, 'field', d.field, 'media_type', d.media_type,
     'size', d.size, 'added_at', d.added_at) order by d.field)
   from onboarding.documents d where d.shard = $1 and d.shop_id = $2) as documents,
  coalesce((select l.credits_posted - l.debits_posted from ledger.public_accounts l
            where l.shard = $1 and l.id = $3), 0) as deposit
from shops.public_shops s
join (select version, checklist from onboarding.checklists order by version desc limit 1) c on true
left join onboarding.applications a on a.shard = $1 and a.shop_id = s.id
where s.shard = $1 and s.id = $2;

-- name: count_ahead
-- How many applications in the queue were handed in before.
select count(*) from onboarding.applications
where shard between 0 and 63 and state = 'submitted' and (submitted_at, shop_id) < ($1, $2);

-- name: list_applications
-- The queue, the oldest first; what is decided comes after it by when it was handed in.
select a.shop_id, s.name, s.handle, a.state, a.attempts, a.submitted_at, a.promised_at, a.reviewer_id, a.decided_at
from onboarding.applications a
join shops.public_shops s on s.shard = a.shard and s.id = a.shop_id
where a.shard between 0 and 63 and a.state = any ($1::text[]) and a.submitted_at is not null
  and (a.submitted_at, a.shop_id) > ($2, $3)
order by a.submitted_at, a.shop_id
limit $4;

-- name: count_states
select state, count(*) as n from onboarding.applications
where shard between 0 and 63 and state in ('submitted', 'in_review')
group by state;

-- name: get_due_to_forget
select shop_id from onboarding.applications
where shard between 0 and 63 and forget_at <= $1
order by forget_at
limit $2;

-- name: get_without_kind
select shop_id from onboarding.applications
where shard between 0 and 63 and kind is null and state in ('submitted', 'in_review', 'returned', 'approved')
order by shop_id
limit $1;

-- name: note_kinds
update onboarding.applications a
set kind = n.kind
from unnest($1::smallint[], $2::uuid[], $3::text[]) as n (shard, shop_id, kind)
where a.shard = any ($1::smallint[]) and a.shard = n.shard and a.shop_id = n.shop_id;

-- name: get_subjects
-- The number of who is behind verified shops: of a company, not that of whom it is represented by.
select a.shop_id, f.field, f.sealed
from unnest($1::smallint[], $2::uuid[]) as asked (shard, shop_id)
join onboarding.applications a on a.shard = asked.shard and a.shop_id = asked.shop_id and a.state = 'approved'
join onboarding.fields f on f.shard = a.shard and f.shop_id = a.shop_id
  and f.field = case a.kind when 'company' then 'credit_code' else 'id_number' end
where a.shard = any ($1::smallint[]);
