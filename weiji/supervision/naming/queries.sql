-- name: mark_names
-- What is found in the same name again is the same mark; somebody who comes back to a name of before, or to one that was taken, is
-- marked anew. Whoever takes one after another puts nothing off.
insert into supervision.marked_names as m (shard, person_id, name, findings, marked_at, due_at)
select n.shard, n.person_id, n.name, n.findings, $5, $6
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::jsonb[]) as n (shard, person_id, name, findings)
on conflict (person_id, shard) do update
set name = excluded.name, findings = excluded.findings, marked_at = excluded.marked_at,
    due_at = case when m.decided_at is null then least(m.due_at, excluded.due_at) else excluded.due_at end,
    verdict = null, decided_by = null, decided_at = null
where m.name <> excluded.name or m.findings <> excluded.findings or m.verdict in ('changed', 'taken');

-- name: end_marks
-- Of people who are called otherwise by now.
update supervision.marked_names set verdict = 'changed', decided_at = $3
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[]) and decided_at is null;

-- name: lock_marked
select person_id, name, findings, marked_at, due_at, verdict, decided_by, decided_at
from supervision.marked_names
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[])
order by person_id
for no key update;

-- name: decide_marks
update supervision.marked_names m set verdict = n.verdict, decided_by = n.decided_by, decided_at = $5
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::uuid[]) as n (shard, person_id, verdict, decided_by)
where m.shard = any ($1::smallint[]) and m.shard = n.shard and m.person_id = n.person_id;

-- name: list_open
select person_id, name, findings, marked_at, due_at, verdict, decided_by, decided_at
from supervision.marked_names
where shard between 0 and 63 and decided_at is null
  and (due_at, person_id) > (coalesce($1, '-infinity'::timestamptz), coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid))
order by due_at, person_id
limit $3;
