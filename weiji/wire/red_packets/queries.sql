-- name: add_packets
insert into wire.red_packets (shard, id, shop_id, mchid, number, appid, openid, terms, created_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[],
  $9::timestamptz[]);

-- name: get_packets
-- Packets with how they stand.
select w.id, w.shop_id, w.mchid, w.number, w.appid, w.openid, w.terms, w.created_at, p.amount, p.parts, p.greeting, p.state,
  p.taken, p.claimed, p.returned, p.expires_at, p.ended_at
from wire.red_packets w
join packets.public_packets p on p.shard = w.shard and p.id = w.id
where w.shard = any ($1::smallint[]) and w.id = any ($2::uuid[]);

-- name: list_packets
-- Derived ids don't tell when: by when they were sent.
select w.id, w.shop_id, w.mchid, w.number, w.appid, w.openid, w.terms, w.created_at, p.amount, p.parts, p.greeting, p.state,
  p.taken, p.claimed, p.returned, p.expires_at, p.ended_at
from wire.red_packets w
join packets.public_packets p on p.shard = w.shard and p.id = w.id
where w.shard = $1 and w.shop_id = $2 and ($3::timestamptz is null or (w.created_at, w.id) < ($3, $4))
order by w.created_at desc, w.id desc
limit $5;
