-- name: get_listeners
select mchid, shop_id, url from wire.complaint_listeners
where shard = any ($1::smallint[]) and mchid = any ($2::text[]);

-- name: put_listeners
insert into wire.complaint_listeners (shard, mchid, shop_id, url, put_at)
select l.shard, l.mchid, l.shop_id, l.url, $5
from unnest($1::smallint[], $2::text[], $3::uuid[], $4::text[]) as l (shard, mchid, shop_id, url)
on conflict (mchid, shard) do update set url = excluded.url, put_at = excluded.put_at;

-- name: remove_listeners
delete from wire.complaint_listeners where shard = any ($1::smallint[]) and mchid = any ($2::text[]);

-- name: get_parties
-- Merchants of shops, and who acts for them.
select m.shop_id, m.mchid, m.partners
from wire.merchants m
where m.shard = any ($1::smallint[]) and m.shop_id = any ($2::uuid[]);
