-- name: lock_applyments
-- In the order of their shops, so that two batches never wait for each other.
select a.shop_id, a.provider_id, a.provider_mchid, a.code, a.number, a.mark, a.created_at, a.signed_at,
  (select m.mchid from wire.merchants m where m.shard = any ($1::smallint[]) and m.shard = a.shard and m.shop_id = a.shop_id) as mchid
from wire.applyments a
where a.shard = any ($1::smallint[]) and a.shop_id = any ($2::uuid[])
order by a.shop_id
for no key update of a;

-- name: find_applyment
-- By either number: the service provider's own, or ours.
select a.shop_id, a.provider_id, a.provider_mchid, a.code, a.number, a.mark, a.created_at, a.signed_at, m.mchid
from wire.applyments a
left join wire.merchants m on m.shard = a.shard and m.shop_id = a.shop_id
where a.shard = $1 and a.provider_id = $2 and (a.code = $3 or a.number = $4);

-- name: get_applyments
select a.shop_id, a.provider_id, a.provider_mchid, a.code, a.number, a.mark, a.created_at, a.signed_at, m.mchid
from unnest($1::smallint[], $2::uuid[]) as asked (shard, shop_id)
join wire.applyments a on a.shard = asked.shard and a.shop_id = asked.shop_id
left join wire.merchants m on m.shard = a.shard and m.shop_id = a.shop_id
where a.shard = any ($1::smallint[]);

-- name: get_agreement
-- What the owner of a shop is asked to agree to, with who asks.
select s.id, s.handle, s.name, a.shop_id, a.provider_id, a.provider_mchid, a.code, a.number, a.mark, a.created_at,
  a.signed_at, m.mchid, p.name as provider_name, p.handle as provider_handle
from shops.public_shops s
left join wire.applyments a on a.shard = s.shard and a.shop_id = s.id
left join shops.public_shops p on p.shard = a.shard and p.id = a.provider_id
left join wire.merchants m on m.shard = a.shard and m.shop_id = a.shop_id
where s.shard = $1 and s.id = $2;

-- name: count_begun
select provider_id, count(*) as n from wire.applyments
where shard = any ($1::smallint[]) and provider_id = any ($2::uuid[]) and created_at > $3
group by provider_id;

-- name: add_applyments
insert into wire.applyments (shard, shop_id, provider_id, provider_mchid, code, number, mark, created_at)
select a.shard, a.shop_id, a.provider_id, a.provider_mchid, a.code, a.number, a.mark, a.created_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bytea[], $8::timestamptz[])
  as a (shard, shop_id, provider_id, provider_mchid, code, number, mark, created_at);

-- name: mark_applyments
update wire.applyments a
set mark = n.mark
from unnest($1::smallint[], $2::uuid[], $3::bytea[]) as n (shard, shop_id, mark)
where a.shard = any ($1::smallint[]) and a.shard = n.shard and a.shop_id = n.shop_id;

-- name: sign_applyments
update wire.applyments a
set signed_at = n.signed_at
from unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) as n (shard, shop_id, signed_at)
where a.shard = any ($1::smallint[]) and a.shard = n.shard and a.shop_id = n.shop_id;

-- name: lock_changes
-- Those named, and of their shops all that wait for the owner; in id order.
select id, shop_id, provider_mchid, holder, bank, last4, number_sealed, asked_at, confirmed_at
from wire.settlement_changes
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and (confirmed_at is null or id = any ($3::uuid[]))
order by id
for no key update;

-- name: get_changes
select id, shop_id, provider_mchid, holder, bank, last4, number_sealed, asked_at, confirmed_at
from wire.settlement_changes
where shard = $1 and shop_id = $2
order by asked_at desc, id
limit $3;

-- name: add_changes
insert into wire.settlement_changes (shard, id, shop_id, provider_mchid, holder, bank, last4, number_sealed, asked_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[],
  $9::timestamptz[]);

-- name: confirm_changes
update wire.settlement_changes c
set confirmed_at = n.confirmed_at
from unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) as n (shard, id, confirmed_at)
where c.shard = any ($1::smallint[]) and c.shard = n.shard and c.id = n.id;
