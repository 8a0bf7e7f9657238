-- name: add_merchants
insert into wire.merchants (shard, mchid, shop_id, created_at)
select m.shard, m.mchid, m.shop_id, $4
from unnest($1::smallint[], $2::text[], $3::uuid[]) as m (shard, mchid, shop_id);

-- name: lock_merchants
-- In the order of their numbers, so that two batches never wait for each other.
select mchid, shop_id, api_key_sealed, api_key_set_at, v2_key_sealed, v2_key_set_at, v2_addresses, platform_key_id,
  platform_key_before, platform_key_from, partners,
  uses_certificates, certificate_clients, created_at
from wire.merchants
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[])
order by mchid
for no key update;

-- name: get_taken_numbers
select mchid from wire.merchants where shard = any ($1::smallint[]) and mchid = any ($2::text[]);

-- name: get_merchants
select mchid, shop_id, api_key_sealed, api_key_set_at, v2_key_sealed, v2_key_set_at, v2_addresses, platform_key_id,
  platform_key_before, platform_key_from, partners,
  uses_certificates, certificate_clients, created_at
from wire.merchants
where shard = any ($1::smallint[]) and mchid = any ($2::text[]);

-- name: get_merchants_of_shops
select mchid, shop_id, api_key_sealed, api_key_set_at, v2_key_sealed, v2_key_set_at, v2_addresses, platform_key_id,
  platform_key_before, platform_key_from, partners,
  uses_certificates, certificate_clients, created_at
from wire.merchants
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]);

-- name: get_keys_of_shop
-- A shop, the merchant that it is, if it is one, where it listens, and its certificates, the newest first, those that have
-- ended too.
select s.id as shop_id, s.handle as shop_handle, s.name as shop_name, m.mchid, m.api_key_sealed, m.api_key_set_at,
  m.v2_key_sealed, m.v2_key_set_at, m.v2_addresses, m.platform_key_id, m.platform_key_before, m.platform_key_from, m.partners, m.uses_certificates, m.certificate_clients, m.created_at, c.serial, c.name, c.pem, c.created_at as certified_at, c.expires_at,
  c.ends_at,
  (select jsonb_object_agg(l.topic, l.url) from wire.listeners l where l.shard = m.shard and l.mchid = m.mchid) as listeners
from shops.public_shops s
left join wire.merchants m on m.shard = s.shard and m.shop_id = s.id
left join wire.certificates c on c.shard = m.shard and c.mchid = m.mchid
where s.shard = $1 and s.id = $2
order by c.created_at desc, c.serial
limit $3;

-- name: find_party
-- A merchant with the certificates that may still be in force, in one statement.
select m.mchid, m.shop_id, m.api_key_sealed, m.api_key_set_at, m.v2_key_sealed, m.v2_key_set_at, m.v2_addresses,
  m.platform_key_id, m.platform_key_before, m.platform_key_from, m.partners, m.uses_certificates, m.certificate_clients,
  m.created_at, s.name as shop_name,
  s.status as shop_status, c.serial, c.name, c.pem, c.created_at as certified_at, c.expires_at, c.ends_at
from wire.merchants m
join shops.public_shops s on s.shard = m.shard and s.id = m.shop_id
left join wire.certificates c on c.shard = m.shard and c.mchid = m.mchid and c.expires_at > $3
  and (c.ends_at is null or c.ends_at > $3)
where m.shard = $1 and m.mchid = $2
limit $4;

-- name: set_api_keys
update wire.merchants m
set api_key_sealed = k.api_key_sealed, api_key_set_at = $4
from unnest($1::smallint[], $2::text[], $3::bytea[]) as k (shard, mchid, api_key_sealed)
where m.shard = any ($1::smallint[]) and m.shard = k.shard and m.mchid = k.mchid;

-- name: choose_platform_keys
update wire.merchants m
set platform_key_id = k.platform_key_id, platform_key_before = k.platform_key_before, platform_key_from = k.platform_key_from
from unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
  as k (shard, mchid, platform_key_id, platform_key_before, platform_key_from)
where m.shard = any ($1::smallint[]) and m.shard = k.shard and m.mchid = k.mchid;

-- name: note_certificate_users
update wire.merchants m
set uses_certificates = true, certificate_clients = string_to_array(c.clients, ' ')
from unnest($1::smallint[], $2::text[], $3::text[]) as c (shard, mchid, clients)
where m.shard = any ($1::smallint[]) and m.shard = c.shard and m.mchid = c.mchid;

-- name: get_certificates
select mchid, serial, name, pem, created_at, expires_at, ends_at
from wire.certificates
where shard = any ($1::smallint[]) and mchid = any ($2::text[])
order by created_at desc, serial
limit $3;

-- name: add_certificates
insert into wire.certificates (shard, mchid, serial, name, pem, created_at, expires_at)
select c.shard, c.mchid, c.serial, c.name, c.pem, $7, c.expires_at
from unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
  as c (shard, mchid, serial, name, pem, expires_at);

-- name: end_certificates
update wire.certificates c
set ends_at = e.ends_at
from unnest($1::smallint[], $2::text[], $3::text[], $4::timestamptz[]) as e (shard, mchid, serial, ends_at)
where c.shard = any ($1::smallint[]) and c.shard = e.shard and c.mchid = e.mchid and c.serial = e.serial;

-- name: admit_requests
-- In order, so that two batches never wait for each other; what is there already was seen before.
insert into wire.nonces (shard, mchid, nonce, at)
select n.shard, n.mchid, n.nonce, n.at
from unnest($1::smallint[], $2::text[], $3::text[], $4::timestamptz[]) as n (shard, mchid, nonce, at)
order by n.mchid, n.nonce, n.at
on conflict do nothing
returning mchid, nonce, at;

-- name: forget_nonces
delete from wire.nonces where shard between 0 and 63 and at < $1;

-- name: get_platform_keys
select id, kind, private_sealed, pem, created_at, expires_at, ended_at from wire.platform_keys order by created_at desc, id;

-- name: count_choices
select platform_key_id, count(*) as merchants
from wire.merchants
where shard between 0 and 63 and platform_key_id is not null
group by platform_key_id;

-- name: lock_platform_keys
-- In id order, so that two who end keys never wait for each other, nor end both of the last two.
select id, kind, private_sealed, pem, created_at, expires_at, ended_at from wire.platform_keys where kind = $1 order by id for no key update;

-- name: end_platform_key
update wire.platform_keys set ended_at = $2 where id = $1;

-- name: add_platform_key
insert into wire.platform_keys (id, kind, private_sealed, pem, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
returning id;

-- name: set_partners
update wire.merchants m
set partners = string_to_array(p.partners, ' ')
from unnest($1::smallint[], $2::text[], $3::text[]) as p (shard, mchid, partners)
where m.shard = any ($1::smallint[]) and m.shard = p.shard and m.mchid = p.mchid;

-- name: list_clients
-- The merchants that named another one as their service provider, by their numbers, after one of them ($2).
select mchid, shop_id, api_key_sealed, api_key_set_at, v2_key_sealed, v2_key_set_at, v2_addresses, platform_key_id,
  platform_key_before, platform_key_from, partners,
  uses_certificates, certificate_clients, created_at
from wire.merchants
where shard between 0 and 63 and partners @> array[$1::text] and mchid > $2
order by mchid
limit $3;

-- name: set_v2_access
update wire.merchants m
set v2_key_sealed = coalesce(v.v2_key_sealed, m.v2_key_sealed),
  v2_key_set_at = case when v.v2_key_sealed is null then m.v2_key_set_at else $5 end,
  v2_addresses = string_to_array(v.addresses, ' ')
from unnest($1::smallint[], $2::text[], $3::bytea[], $4::text[]) as v (shard, mchid, v2_key_sealed, addresses)
where m.shard = any ($1::smallint[]) and m.shard = v.shard and m.mchid = v.mchid;
