-- name: get_listeners
select l.mchid, l.topic, l.shop_id, l.url, l.key_id, l.put_at
from wire.listeners l
join unnest($1::smallint[], $2::text[], $3::text[]) as k (shard, mchid, topic)
  on l.shard = k.shard and l.mchid = k.mchid and l.topic = k.topic
where l.shard = any ($1::smallint[]);

-- name: put_listeners
insert into wire.listeners (shard, mchid, topic, shop_id, url, key_id, put_at)
select l.shard, l.mchid, l.topic, l.shop_id, l.url, l.key_id, $7
from unnest($1::smallint[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[])
  as l (shard, mchid, topic, shop_id, url, key_id)
on conflict (mchid, topic, shard) do update set url = excluded.url, key_id = excluded.key_id, put_at = excluded.put_at;

-- name: remove_listeners
delete from wire.listeners l
using unnest($1::smallint[], $2::text[], $3::text[]) as k (shard, mchid, topic)
where l.shard = any ($1::smallint[]) and l.shard = k.shard and l.mchid = k.mchid and l.topic = k.topic;

-- name: get_parties
-- Merchants of shops, and who acts for them.
select m.shop_id, m.mchid, m.partners
from wire.merchants m
where m.shard = any ($1::smallint[]) and m.shop_id = any ($2::uuid[]);

-- name: add_stock_apps
insert into wire.stock_apps (shard, campaign_id, appid)
select * from unnest($1::smallint[], $2::uuid[], $3::text[])
on conflict do nothing
returning campaign_id;

-- name: get_stock_apps
select a.campaign_id, a.appid
from wire.stock_apps a
where a.shard = any ($1::smallint[]) and a.campaign_id = any ($2::uuid[]);
