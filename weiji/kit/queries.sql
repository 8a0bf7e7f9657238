-- name: find_idempotency_keys
select k.caller_id, k.route, k.key, k.body_hash, k.lanes, k.responses
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[]) as asked (shard, caller_id, route, key)
join kit.idempotency_keys k using (shard, caller_id, route, key)
where k.shard = any ($1::smallint[]);

-- name: store_idempotency_keys
-- A request's other lanes add their parts. What another request, or the same one elsewhere, stored meanwhile is left as
-- it is, and its key is not returned.
insert into kit.idempotency_keys as k (shard, caller_id, route, key, body_hash, lanes, responses, created_at)
select a.shard, a.caller_id, a.route, a.key, a.body_hash, array[$6::smallint], array[a.response], $8
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $7::bytea[])
  as a (shard, caller_id, route, key, body_hash, response)
on conflict (caller_id, route, key, shard) do update
set lanes = k.lanes || excluded.lanes, responses = k.responses || excluded.responses
where k.body_hash = excluded.body_hash and not k.lanes && excluded.lanes
returning k.key;

-- name: forget_idempotency_keys
-- The oldest, so many: by the index of their age, and then each by its key.
delete from kit.idempotency_keys k
using (
  select shard, caller_id, route, key
  from kit.idempotency_keys
  where shard between 0 and 63 and created_at < $1
  order by created_at
  limit $2) as old
where k.shard between 0 and 63
  and k.caller_id = old.caller_id and k.route = old.route and k.key = old.key and k.shard = old.shard
returning k.shard;

-- name: install_jobs
insert into kit.jobs (name, every, due_at)
select name, every, $3 from unnest($1::text[], $2::interval[]) as j (name, every)
on conflict (name) do update set every = excluded.every where jobs.every <> excluded.every;

-- name: retire_jobs
-- Those of which a program knows nothing; if a moment is given, those that have been due since before it.
update kit.jobs set due_at = 'infinity', failures = 0, error = null
where name <> all ($1::text[]) and due_at < coalesce($2::timestamptz, 'infinity');

-- name: bring_forward
update kit.jobs j set due_at = $3
from unnest($1::text[], $2::timestamptz[]) as l (name, latest)
where j.name = l.name and j.due_at > l.latest;

-- name: claim_jobs
update kit.jobs j set due_at = c.until
from unnest($1::text[], $2::timestamptz[]) as c (name, until)
where j.name = c.name and j.due_at <= $3
returning j.name;

-- name: hold_job
update kit.jobs set due_at = greatest(due_at, $2) where name = $1;

-- name: record_job_run
update kit.jobs
set started_at = $2, ended_at = $3, items = $4, total_items = total_items + $4::integer, runs = runs + 1, failures = 0,
    error = null, due_at = $5
where name = $1;

-- name: record_job_failure
update kit.jobs set ended_at = $2, failures = failures + 1, error = $3, due_at = $4 where name = $1;

-- name: get_jobs
select name, every, due_at, started_at, ended_at, items, total_items, runs, failures, error
from kit.jobs where due_at < 'infinity' order by name limit 200;

-- name: get_set_aside
select id, attempts, due_at from kit.set_aside where job = $1 limit $2;

-- name: set_aside
insert into kit.set_aside (job, id, attempts, error, since, due_at)
select $1, id, attempts, error, $6, due_at
from unnest($2::uuid[], $3::integer[], $4::text[], $5::timestamptz[]) as f (id, attempts, error, due_at)
on conflict (job, id) do update
set attempts = excluded.attempts, error = excluded.error, due_at = excluded.due_at;

-- name: forget_set_aside
delete from kit.set_aside where job = $1 and id = any ($2::uuid[]);

-- name: list_set_aside
select job, id, attempts, error, since, due_at from kit.set_aside order by since desc, job, id limit $1;

-- name: try_again
update kit.set_aside s set due_at = $3
from unnest($1::text[], $2::uuid[]) as t (job, id)
where s.job = t.job and s.id = t.id
returning s.job, s.id;

-- name: get_installation
select id, lanes, clock_offset, is_clock_free, created_at, key_mark, root_sealed from kit.installation;

-- name: mark_key
-- The key that what is derived hung on before is gone with the one that it was sealed with.
update kit.installation set key_mark = $1, root_sealed = null where key_mark is null;

-- name: turn_clock
with turned as (
  update kit.installation set clock_offset = clock_offset + $1 where is_clock_free and $1 > interval '0'
returning clock_offset
)
select clock_offset, pg_notify('weiji_clock', '') from turned;
