-- name: lock_keys
select id, person_id, name, scopes, created_at, expires_at, used_at, revoked_at
from developers.keys
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: count_live_keys
-- Two who make a key at the same moment may pass the limit by one: it keeps lists short, and guards nothing.
select person_id, count(*) as keys
from developers.keys
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[]) and revoked_at is null and expires_at > $3
group by person_id;

-- name: create_keys
-- Scopes hold no spaces: an array of arrays would have to be square.
insert into developers.keys (shard, id, person_id, name, scopes, secret_hash, created_at, expires_at)
select shard, id, person_id, name, string_to_array(scopes, ' '), secret_hash, $8, expires_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[])
  as k (shard, id, person_id, name, scopes, secret_hash, expires_at);

-- name: revoke_keys
update developers.keys k set revoked_at = $3
from unnest($1::smallint[], $2::uuid[]) as r (shard, id)
where k.shard = any ($1::smallint[]) and k.shard = r.shard and k.id = r.id;

-- name: get_keys
select id, person_id, name, scopes, created_at, expires_at, used_at, revoked_at
from developers.keys
where shard = $1 and person_id = $2 and ($3::uuid is null or id < $3)
order by id desc
limit $4;

-- name: get_shown_keys
-- Those that are good for something, and the last of the others.
select id, person_id, name, scopes, created_at, expires_at, used_at, revoked_at
from (
  (
    select id, person_id, name, scopes, created_at, expires_at, used_at, revoked_at
    from developers.keys
    where shard = $1 and person_id = $2 and revoked_at is null and expires_at > $3
    order by id desc
    limit $4
  )
  union all
  (
    select id, person_id, name, scopes, created_at, expires_at, used_at, revoked_at
    from developers.keys
    where shard = $1 and person_id = $2 and (revoked_at is not null or expires_at <= $3)
    order by id desc
    limit $5
  )
) k
order by id desc;

-- name: find_key
-- Whom a key acts for, and by the way that it was used. The write changes nothing that is read.
with touched as (
  update developers.keys set used_at = $4
  where shard = $1 and id = $2 and secret_hash = $3 and revoked_at is null and expires_at > $4
    and (used_at is null or used_at < $5)
)
select k.person_id, k.secret_hash, k.scopes, k.expires_at, c.handle, c.display_name, c.locale, c.roles
from developers.keys k
join identity.callers c on c.shard = k.shard and c.person_id = k.person_id
where k.shard = $1 and k.id = $2 and k.revoked_at is null and k.expires_at > $4;
