-- name: get_shops
select s.id, s.handle, s.name, s.story, s.owner_id, s.status, s.colour, s.created_at, s.verification
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join shops.shops s on s.shard = asked.shard and s.id = asked.id
where s.shard = any ($1::smallint[])
order by s.id;

-- name: lock_shops
-- In id order, so that two batches never wait for each other.
select s.id, s.handle, s.name, s.story, s.owner_id, s.status, s.colour, s.created_at, s.verification
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join shops.shops s on s.shard = asked.shard and s.id = asked.id
where s.shard = any ($1::smallint[])
order by s.id
for no key update of s;

-- name: get_handles
select handle, shop_id from shops.shop_handles where handle = any ($1::text[]);

-- name: add_handles
-- Whoever comes second with a handle fails on the key, runs again and finds it taken.
insert into shops.shop_handles (handle, shop_id)
select handle, shop_id from unnest($1::text[], $2::uuid[]) as h (handle, shop_id)
order by handle;

-- name: add_shops
insert into shops.shops (shard, id, handle, name, story, owner_id, status, colour, created_at, updated_at)
select s.shard, s.id, s.handle, s.name, s.story, s.owner_id, 'open', s.colour, $8, $8
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[])
  as s (shard, id, handle, name, story, owner_id, colour);

-- name: update_shops
update shops.shops s
set name = c.name, story = c.story, colour = c.colour, status = c.status, verification = c.verification,
  owner_id = c.owner_id, updated_at = $9
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[])
  as c (shard, id, name, story, colour, status, verification, owner_id)
where s.shard = any ($1::smallint[]) and s.shard = c.shard and s.id = c.id;

-- name: lock_handles
-- In id order, so that two batches never wait for each other.
select s.id, s.handle, s.former_handle
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join shops.shops s on s.shard = asked.shard and s.id = asked.id
where s.shard = any ($1::smallint[])
order by s.id
for no key update of s;

-- name: change_handles
update shops.shops s
set handle = c.handle, former_handle = c.former_handle, updated_at = $5
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[]) as c (shard, id, handle, former_handle)
where s.shard = any ($1::smallint[]) and s.shard = c.shard and s.id = c.id;

-- name: get_limits
select day_sales_max, total_sales_max, may_withdraw from shops.limits order by version desc limit 1;

-- name: add_limits
insert into shops.limits (version, day_sales_max, total_sales_max, may_withdraw, set_at)
select max(version) + 1, $1, $2, $3, $4 from shops.limits;

-- name: get_barred
-- Those of these shops that may not withdraw yet.
select id from shops.public_shops where shard = any ($1::smallint[]) and id = any ($2::uuid[]) and not may_withdraw;
