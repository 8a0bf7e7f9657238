-- name: add_owners
insert into media.owners (shard, owner_id)
select shard, owner_id from unnest($1::smallint[], $2::uuid[]) as o (shard, owner_id)
on conflict (owner_id, shard) do nothing;

-- name: lock_owners
-- In id order, so that two batches never wait for each other. Whatever changes pictures of an owner holds its row.
select o.owner_id, o.pictures, o.bytes
from unnest($1::smallint[], $2::uuid[]) as asked (shard, owner_id)
join media.owners o on o.shard = asked.shard and o.owner_id = asked.owner_id
where o.shard = any ($1::smallint[])
order by o.owner_id
for no key update of o;

-- name: get_pictures
select p.owner_id, p.hash, p.sweep_at, p.width, p.height, p.duration_ms
from unnest($1::smallint[], $2::uuid[], $3::bytea[]) as asked (shard, owner_id, hash)
join media.pictures p on p.shard = asked.shard and p.owner_id = asked.owner_id and p.hash = asked.hash
where p.shard = any ($1::smallint[]);

-- name: add_pictures
insert into media.pictures (shard, owner_id, hash, width, height, bytes, created_at, sweep_at, duration_ms)
select n.shard, n.owner_id, n.hash, n.width, n.height, n.bytes, $7, $8, n.duration_ms
from unnest($1::smallint[], $2::uuid[], $3::bytea[], $4::integer[], $5::integer[], $6::bigint[], $9::integer[])
  as n (shard, owner_id, hash, width, height, bytes, duration_ms);

-- name: show_videos
insert into media.videos as v (shard, holder_id, owner_id, hash, width, height, duration_ms, cover, alt, shown_at)
select shard, holder_id, owner_id, hash, width, height, duration_ms, cover, alt, $10
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bytea[], $5::integer[], $6::integer[], $7::integer[], $8::text[],
  $9::text[]) as n (shard, holder_id, owner_id, hash, width, height, duration_ms, cover, alt)
on conflict (holder_id, shard) do update
set owner_id = excluded.owner_id, hash = excluded.hash, width = excluded.width, height = excluded.height,
  duration_ms = excluded.duration_ms, cover = excluded.cover, alt = excluded.alt, shown_at = excluded.shown_at;

-- name: hide_videos
delete from media.videos v
using unnest($1::smallint[], $2::uuid[]) as gone (shard, holder_id)
where v.shard = any ($1::smallint[]) and v.shard = gone.shard and v.holder_id = gone.holder_id;

-- name: set_sweeps
update media.pictures p set sweep_at = c.sweep_at
from unnest($1::smallint[], $2::uuid[], $3::bytea[], $4::timestamptz[]) as c (shard, owner_id, hash, sweep_at)
where p.shard = any ($1::smallint[]) and p.shard = c.shard and p.owner_id = c.owner_id and p.hash = c.hash;

-- name: set_owners
update media.owners o set pictures = c.pictures, bytes = c.bytes
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::bigint[]) as c (shard, owner_id, pictures, bytes)
where o.shard = any ($1::smallint[]) and o.shard = c.shard and o.owner_id = c.owner_id;

-- name: get_owners
select o.owner_id, o.pictures, o.bytes
from unnest($1::smallint[], $2::uuid[]) as asked (shard, owner_id)
join media.owners o on o.shard = asked.shard and o.owner_id = asked.owner_id
where o.shard = any ($1::smallint[]);

-- name: get_uses
select u.holder_id, u.owner_id, u.hash
from unnest($1::smallint[], $2::uuid[]) as asked (shard, holder_id)
join media.uses u on u.shard = asked.shard and u.holder_id = asked.holder_id
where u.shard = any ($1::smallint[]);

-- name: add_uses
insert into media.uses (shard, holder_id, owner_id, hash)
select n.shard, n.holder_id, n.owner_id, n.hash
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bytea[]) as n (shard, holder_id, owner_id, hash)
on conflict (holder_id, hash, shard) do nothing;

-- name: remove_uses
delete from media.uses u
using unnest($1::smallint[], $2::uuid[], $3::bytea[]) as gone (shard, holder_id, hash)
where u.shard = any ($1::smallint[]) and u.shard = gone.shard and u.holder_id = gone.holder_id and u.hash = gone.hash;

-- name: note_uses
-- A picture that is used has no end; one that is used no more has its end once, however often that is found.
update media.pictures p
set sweep_at = case
  when exists (select from media.uses u where u.shard = p.shard and u.owner_id = p.owner_id and u.hash = p.hash) then null
  else coalesce(p.sweep_at, $4) end
from unnest($1::smallint[], $2::uuid[], $3::bytea[]) as c (shard, owner_id, hash)
where p.shard = any ($1::smallint[]) and p.shard = c.shard and p.owner_id = c.owner_id and p.hash = c.hash;

-- name: get_due
select owner_id, hash from media.pictures
where shard between 0 and 63 and sweep_at <= $1
order by sweep_at
limit $2;

-- name: remove_pictures
-- Only what is still due: somebody may have used it, or sent it once more, since it was found.
delete from media.pictures p
using unnest($1::smallint[], $2::uuid[], $3::bytea[]) as gone (shard, owner_id, hash)
where p.shard = any ($1::smallint[]) and p.shard = gone.shard and p.owner_id = gone.owner_id and p.hash = gone.hash
  and p.sweep_at <= $4
returning p.owner_id, p.hash, p.bytes;
