-- name: get_places
select id, shop_id, name, address, hours, phone, is_open
from freight.places
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[])
order by is_open desc, id
limit $3;

-- name: find_places
-- Whose ids are.
select id, shop_id from freight.places where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: put_places
insert into freight.places (shard, id, shop_id, name, address, hours, phone, is_open, changed_at)
select p.shard, p.id, p.shop_id, p.name, p.address, p.hours, p.phone, p.is_open, $9
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[])
  as p (shard, id, shop_id, name, address, hours, phone, is_open)
on conflict (id, shard) do update set name = excluded.name, address = excluded.address, hours = excluded.hours,
  phone = excluded.phone, is_open = excluded.is_open, changed_at = excluded.changed_at
where freight.places.shop_id = excluded.shop_id;
