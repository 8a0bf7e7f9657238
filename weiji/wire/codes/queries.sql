-- name: lock_codes_of_people
-- Those of the ids that are asked, and those in force of the people. In id order, so that two batches never wait for each
-- other.
select id, digest, person_id, created_at, expires_at, order_id, used_at
from wire.payment_codes
where shard = any ($1::smallint[]) and (id = any ($2::uuid[]) or (person_id = any ($3::uuid[]) and expires_at > $4))
order by id
for no key update;

-- name: lock_codes
select id, digest, person_id, created_at, expires_at, order_id, used_at
from wire.payment_codes
where shard = any ($1::smallint[]) and digest = any ($2::bytea[])
order by id
for no key update;

-- name: get_codes
select id, digest, person_id, created_at, expires_at, order_id, used_at
from wire.payment_codes
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: add_codes
insert into wire.payment_codes (shard, id, digest, person_id, created_at, expires_at)
select * from unnest($1::smallint[], $2::uuid[], $3::bytea[], $4::uuid[], $5::timestamptz[], $6::timestamptz[]);

-- name: change_codes
update wire.payment_codes t
set expires_at = c.expires_at, order_id = c.order_id, used_at = c.used_at
from unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::timestamptz[])
  as c (shard, id, expires_at, order_id, used_at)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: forget_codes
delete from wire.payment_codes where shard between 0 and 63 and expires_at < $1;
