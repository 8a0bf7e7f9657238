-- name: add_messages
-- What is there already was told, or is being told.
insert into webhooks.messages (shard, id, owner_id, subject_id, kind, type, url, payload, status, created_at, next_at)
select m.shard, m.id, m.owner_id, m.subject_id, m.kind, m.type, m.url, m.payload, 'waiting', $9, $9
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::jsonb[])
  as m (shard, id, owner_id, subject_id, kind, type, url, payload)
order by m.id
on conflict (id, shard) do nothing;

-- name: get_due_shards
select distinct shard from webhooks.messages where shard between 0 and 63 and next_at <= $1 limit 64;

-- name: claim_messages
-- An attempt begins with its count: who dies in it leaves a message that comes due when the lease ends. Owners whose
-- servers are being waited for by many already have their turn later.
with due as materialized (
  select shard, id
  from webhooks.messages
  where shard = any ($1::smallint[]) and next_at <= $2 and owner_id <> all ($5::uuid[])
  order by next_at
  limit $3
  for no key update skip locked
)
update webhooks.messages m
set attempts = m.attempts + 1, step = m.step + 1, next_at = $4
from due d
where m.shard = any ($1::smallint[]) and m.shard = d.shard and m.id = d.id
returning m.id, m.owner_id, m.subject_id, m.kind, m.type, m.url, m.payload, m.status, m.attempts, m.step, m.created_at,
  m.next_at, m.delivered_at;

-- name: end_attempt
-- A message that was sent again meanwhile, or whose lease somebody else took up, is theirs.
update webhooks.messages
set status = $4, next_at = $5, delivered_at = $6
where shard = $1 and id = $2 and attempts = $3 and step > 0;

-- name: add_attempt
insert into webhooks.attempts (shard, message_id, number, started_at, milliseconds, url, headers, body, status, answer,
  reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict do nothing;

-- name: resend_messages
update webhooks.messages m
set status = 'waiting', step = 0, next_at = $4, delivered_at = null
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as r (shard, id, owner_id)
where m.shard = any ($1::smallint[]) and m.shard = r.shard and m.id = r.id and m.owner_id = r.owner_id
returning m.id, m.owner_id, m.subject_id, m.type;

-- name: list_messages
select id, owner_id, subject_id, kind, type, url, payload, status, attempts, step, created_at, next_at, delivered_at
from webhooks.messages
where shard = $1 and owner_id = $2
  and (created_at, id)
    < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by created_at desc, id desc
limit $5;

-- name: list_messages_by_status
-- A statement of its own: planned for any status, it walks an index that begins with it.
select id, owner_id, subject_id, kind, type, url, payload, status, attempts, step, created_at, next_at, delivered_at
from webhooks.messages
where shard = $1 and owner_id = $2 and status = $6
  and (created_at, id)
    < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by created_at desc, id desc
limit $5;

-- name: get_log
-- A message with the attempts to send it, the last first.
select m.id, m.owner_id, m.subject_id, m.kind, m.type, m.url, m.payload, m.status, m.attempts, m.step, m.created_at,
  m.next_at, m.delivered_at, a.number, a.started_at, a.milliseconds, a.url as sent_to, a.headers, a.body,
  a.status as answered, a.answer, a.reason
from webhooks.messages m
left join webhooks.attempts a on a.shard = m.shard and a.message_id = m.id
where m.shard = $1 and m.id = $2
order by a.number desc
limit $3;
