-- name: publish_events
-- The head of each stream is locked until the transaction ends, so that its numbers have no gaps and rise with commits:
-- a reader who asks for what is after n misses nothing. Streams are locked last, and in order.
with given as (
  select shard, stream, back, id, type, subject_id, actor_kind, actor_id, request_id, address::inet as address, data
  from unnest($1::smallint[], $2::uuid[], $3::integer[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::uuid[],
              $9::text[], $10::text[], $11::jsonb[])  -- $9 and $10 may be empty: then they are null everywhere.
    as e (shard, stream, back, id, type, subject_id, actor_kind, actor_id, request_id, address, data)
), heads as (
  insert into events.heads (shard, stream, seq)
  select shard, stream, count(*) from given group by shard, stream order by shard, stream
  on conflict (stream, shard) do update set seq = heads.seq + excluded.seq
  returning shard, stream, seq
), written as (
  insert into events.events
    (shard, stream, seq, id, type, subject_id, actor_kind, actor_id, request_id, address, at, data)
  select g.shard, g.stream, h.seq - g.back, g.id, g.type, g.subject_id, g.actor_kind, g.actor_id, g.request_id, g.address,
    $12, g.data
  from given g join heads h using (shard, stream)
  returning shard, stream, seq, id, type
), queued as (
  -- What a subscriber hears of a shard is one row, however many events: where thousands are written, nothing is
  -- written once more for each of them. A row of 64 still lies in its page.
  insert into events.queue (shard, subscriber, id, streams, seqs, due_at)
  select shard, subscriber, (array_agg(id))[1], array_agg(stream), array_agg(seq), $12
  from (
    select w.shard, w.stream, w.seq, w.id, s.subscriber,
      (row_number() over (partition by w.shard, s.subscriber) - 1) / 64 as part
    from written w join events.subscriptions s using (type)) as heard
  group by shard, subscriber, part
  returning shard, subscriber
)
-- Who has something due, and in which shards, so that nobody looks where nothing is. What doesn't fit waits for a poll.
select pg_notify(channel, payload)
from (
  select 'weiji_events' as channel, left(string_agg(distinct subscriber || '/' || shard, ' '), 7900) as payload from queued
  union all
  select 'weiji_live', $13
  union all
  select 'weiji_callers', $14
) as told
where payload is not null;

-- name: keep_subscriptions
-- In one order, so that two processes never wait for each other. What was written within the hour stays as it is.
insert into events.subscriptions (type, subscriber, seen_at)
select type, subscriber, $3 from unnest($1::text[], $2::text[]) as known (type, subscriber)
order by type, subscriber
on conflict (type, subscriber) do update set seen_at = excluded.seen_at
where subscriptions.seen_at < excluded.seen_at - interval '1 hour';

-- name: remove_subscriptions
delete from events.subscriptions where seen_at < $1;

-- name: get_subscribers
select distinct subscriber from events.subscriptions;

-- name: lease_deliveries
-- Rows of the queue until they name enough events ($4), in the order of ids, with those events. Nobody else takes them until
-- the lease ends; should we die, they come due again then. All that is read of the queue is in `claimed`, for which the
-- update waits. Ids go in as one array, so that the plan uses the key however long the queue was when it was made.
with next as materialized (
  select id, sum(cardinality(seqs)) over (order by id) - cardinality(seqs) as before
  from (
    select id, seqs from events.queue
    where shard = any ($1::smallint[]) and subscriber = $2 and due_at <= $3 and set_aside_at is null
    order by id
    limit $4) as due
), claimed as materialized (
  select shard, id, attempts, streams, seqs
  from events.queue
  where shard = any ($1::smallint[]) and subscriber = $2 and id = any (array(select id from next where before < $4))
    and due_at <= $3 and set_aside_at is null
  order by id
  for update skip locked
), leased as (
  update events.queue set due_at = $5
  where shard = any ($1::smallint[]) and subscriber = $2 and id = any (array(select id from claimed))
)
select c.shard, c.id as delivery_id, c.attempts, e.id, e.stream, e.subject_id, e.actor_kind, e.actor_id, e.request_id, e.type,
  e.at, e.data::text as data
from claimed c
join unnest(c.streams, c.seqs) as n (stream, seq) on true
join events.events e on e.shard = any ($1::smallint[]) and e.shard = c.shard and e.stream = n.stream and e.seq = n.seq
order by e.id;

-- name: split_deliveries
-- A row for each event but the first, which the row keeps that named them all.
insert into events.queue (shard, subscriber, id, streams, seqs, due_at, attempts)
select d.shard, d.subscriber, e.id, array[e.stream], array[e.seq], d.due_at, d.attempts
from events.queue d
join unnest(d.streams[2:], d.seqs[2:]) as n (stream, seq) on true
join events.events e on e.shard = any ($1::smallint[]) and e.shard = d.shard and e.stream = n.stream and e.seq = n.seq
where d.shard = any ($1::smallint[]) and d.subscriber = $2 and d.id = any ($3::uuid[]);

-- name: keep_first_events
update events.queue set streams = streams[:1], seqs = seqs[:1]
where shard = any ($1::smallint[]) and subscriber = $2 and id = any ($3::uuid[]);

-- name: end_deliveries
delete from events.queue where shard = any ($1::smallint[]) and subscriber = $2 and id = any ($3::uuid[]);

-- name: end_leases
update events.queue set due_at = $4 where shard = any ($1::smallint[]) and subscriber = $2 and id = any ($3::uuid[]);

-- name: fail_delivery
update events.queue
set attempts = attempts + 1, due_at = $4, error = $5, set_aside_at = $6
where shard = $1 and subscriber = $2 and id = $3;

-- name: set_aside_deliveries
update events.queue set set_aside_at = $4, error = $5
where shard = any ($1::smallint[]) and subscriber = $2 and id = any ($3::uuid[]);

-- name: get_due_subscribers
-- A page of what is due, from after a subscriber's row ($2, $3) on, in the order of the key: where millions are due, to
-- find all who have something would be to read them all, each second.
select subscriber, id, shard from events.queue
where shard between 0 and 63 and (subscriber, id) > ($2::text, $3::uuid) and due_at <= $1 and set_aside_at is null
order by subscriber, id
limit $4;

-- name: get_events
select seq, id, type, subject_id, actor_kind, at, data
from events.events
where shard = $1 and stream = $2 and seq > $3
order by seq
limit $4;

-- name: get_logs
-- Parts of the logs of many streams, each from a number to a number, in order: events of some types ($5), others of which
-- only the fact counts ($6), and whatever somebody of some kind ($7) did from an address. Data is that of the first.
select e.stream, e.seq, e.type, e.subject_id, e.actor_kind, e.actor_id, e.address, e.at,
  case when e.type = any ($5::text[]) then e.data else '{}' end as data
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bigint[]) as asked (shard, stream, after, upto)
join events.events e on e.shard = asked.shard and e.stream = asked.stream and e.seq > asked.after and e.seq <= asked.upto
where e.shard = any ($1::smallint[])
  and (e.type = any ($5::text[]) or e.type = any ($6::text[]) or e.actor_kind = $7 and e.address is not null)
order by e.stream, e.seq;

-- name: get_addresses
-- Where events of one type about things came from.
select e.subject_id, e.address
from events.events e
where e.shard = any ($1::smallint[]) and e.subject_id = any ($2::uuid[]) and e.type = $3 and e.address is not null;

-- name: get_firsts
-- The number, in its stream, of the first event of one type about each thing.
select e.subject_id, min(e.seq) as seq
from events.events e
where e.shard = any ($1::smallint[]) and e.subject_id = any ($2::uuid[]) and e.type = $3
group by e.subject_id;

-- name: get_trail
-- What happened to one thing, with who and by which request: for auditors.
select seq, id, stream, type, actor_kind, actor_id, request_id, address, at, data
from events.events
where shard = $1 and subject_id = $2
order by id
limit $3;

-- name: list_trail
-- The same, the latest first, before one that was seen.
select seq, id, stream, subject_id, type, actor_kind, actor_id, request_id, address, at, data
from events.events
where shard = $1 and subject_id = $2 and id < coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
order by id desc
limit $4;

-- name: list_log
-- What is in a stream, with who and by which request, the latest first.
select seq, id, stream, subject_id, type, actor_kind, actor_id, request_id, address, at, data
from events.events
where shard = $1 and stream = $2 and seq < coalesce($3, 9223372036854775807)
order by seq desc
limit $4;

-- name: get_trails
-- What of some types ($3) happened to several things: of each the last $4; of what tells of a status only that of $5, where it is given.
select subject_id, type, actor_kind, at, data
from (
  select subject_id, type, actor_kind, at, data, id, row_number() over (partition by subject_id order by id desc) as place
  from events.events
  where shard = any ($1::smallint[]) and subject_id = any ($2::uuid[]) and type = any ($3::text[])
    and ($5::text is null or coalesce(data ->> 'status', $5) = $5)) e
where place <= $4
order by id;

-- name: list_staff_acts
-- What the operator's staff did, the latest first: of one type, about or in one thing, in a time, where they are given.
select id, stream, subject_id, type, actor_kind, actor_id, request_id, address, at, data
from events.events
where shard between 0 and 63 and actor_kind = 'staff'
  and ($1::text is null or type = $1) and ($2::uuid is null or subject_id = $2 or stream = $2)
  and at >= coalesce($3, '-infinity'::timestamptz) and at < coalesce($4, 'infinity'::timestamptz)
  and (at, id) < (coalesce($5, 'infinity'::timestamptz), coalesce($6, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by at desc, id desc
limit $7;

-- name: list_acts_of_person
-- The same of one person: a statement of its own, so that it reads what that person did, and nothing else.
select id, stream, subject_id, type, actor_kind, actor_id, request_id, address, at, data
from events.events
where shard between 0 and 63 and actor_kind = 'staff' and actor_id = $8
  and ($1::text is null or type = $1) and ($2::uuid is null or subject_id = $2 or stream = $2)
  and at >= coalesce($3, '-infinity'::timestamptz) and at < coalesce($4, 'infinity'::timestamptz)
  and (at, id) < (coalesce($5, 'infinity'::timestamptz), coalesce($6, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by at desc, id desc
limit $7;

-- name: list_acts_of_colleagues
-- What staff but one did, of some types, since a time, the latest first: what staff did in that time is read for it.
select id, subject_id, type, actor_id, at, data
from events.events
where shard between 0 and 63 and actor_kind = 'staff' and at >= $1 and type = any ($2::text[]) and actor_id is distinct from $3
order by at desc, id desc
limit $4;

-- name: get_set_aside
select d.shard, d.id, d.subscriber, d.attempts, d.error, d.set_aside_at, e.type, e.stream, e.subject_id, e.at
from events.queue d
join events.events e on e.shard = d.shard and e.stream = d.streams[1] and e.seq = d.seqs[1]
where d.shard between 0 and 63 and d.set_aside_at is not null
order by d.set_aside_at desc, d.id
limit $1;

-- name: resume_deliveries
update events.queue d set set_aside_at = null, attempts = 0, due_at = $4
from unnest($1::smallint[], $2::text[], $3::uuid[]) as t (shard, subscriber, id)
where d.shard = any ($1::smallint[]) and d.shard = t.shard and d.subscriber = t.subscriber and d.id = t.id
  and d.set_aside_at is not null
returning d.subscriber, d.id;

-- name: is_quiet
select not exists (
  select 1 from events.queue where shard between 0 and 63 and set_aside_at is null) as is_quiet;
