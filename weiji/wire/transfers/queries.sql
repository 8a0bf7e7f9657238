-- name: lock_bills
-- In id order, so that two batches never wait for each other.
select id, shop_id, mchid, number, appid, openid, amount, remark, terms, notify_url, key_id, hold_id, state, created_at,
  expires_at, due_at, person_id, confirmed_at, ended_at, batch_id
from wire.transfer_bills
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: get_bills
select id, shop_id, mchid, number, appid, openid, amount, remark, terms, notify_url, key_id, hold_id, state, created_at,
  expires_at, due_at, person_id, confirmed_at, ended_at, batch_id
from wire.transfer_bills
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: find_bill_for_payee
-- A bill with what its payee sees of the shop.
select b.id, b.shop_id, b.mchid, b.number, b.appid, b.openid, b.amount, b.remark, b.terms, b.notify_url, b.key_id,
  b.hold_id, b.state, b.created_at, b.expires_at, b.due_at, b.person_id, b.confirmed_at, b.ended_at,
  b.batch_id, s.name as shop_name
from wire.transfer_bills b
join shops.public_shops s on s.shard = b.shard and s.id = b.shop_id
where b.shard = $1 and b.id = $2;

-- name: list_bills
-- Derived ids don't tell when: by when they were made.
select id, shop_id, mchid, number, appid, openid, amount, remark, terms, notify_url, key_id, hold_id, state, created_at,
  expires_at, due_at, person_id, confirmed_at, ended_at, batch_id
from wire.transfer_bills
where shard = $1 and shop_id = $2 and ($3::timestamptz is null or (created_at, id) < ($3, $4))
order by created_at desc, id desc
limit $5;

-- name: add_bills
insert into wire.transfer_bills (shard, id, shop_id, mchid, number, appid, openid, amount, remark, terms, notify_url,
  key_id, hold_id, state, created_at, expires_at, due_at, person_id, confirmed_at, ended_at, batch_id)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
  $9::text[], $10::jsonb[], $11::text[], $12::text[], $13::uuid[], $14::text[], $15::timestamptz[], $16::timestamptz[],
  $17::timestamptz[], $18::uuid[], $19::timestamptz[], $20::timestamptz[], $21::uuid[]);

-- name: change_bills
update wire.transfer_bills t
set state = c.state, due_at = c.due_at, person_id = c.person_id, confirmed_at = c.confirmed_at, ended_at = c.ended_at
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::uuid[], $6::timestamptz[], $7::timestamptz[])
  as c (shard, id, state, due_at, person_id, confirmed_at, ended_at)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: get_due_bills
select id from wire.transfer_bills where shard between 0 and 63 and due_at <= $1 order by due_at limit $2;

-- name: lock_batches
-- In id order, so that two batches of commands never wait for each other.
select id, shop_id, mchid, number, appid, name, remark, amount, quantity, terms, notify_url, key_id, created_at, ended_at
from wire.transfer_batches
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: get_batches
select id, shop_id, mchid, number, appid, name, remark, amount, quantity, terms, notify_url, key_id, created_at, ended_at
from wire.transfer_batches
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: add_batches
insert into wire.transfer_batches (shard, id, shop_id, mchid, number, appid, name, remark, amount, quantity, terms,
  notify_url, key_id, created_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::bigint[], $10::integer[], $11::jsonb[], $12::text[], $13::text[], $14::timestamptz[]);

-- name: end_batches
-- Behind the lock of the batches: whoever brings the last of their details sees that it is the last.
update wire.transfer_batches b
set ended_at = $3
where b.shard = any ($1::smallint[]) and b.id = any ($2::uuid[]) and b.ended_at is null
  and not exists (
    select from wire.transfer_bills t
    where t.shard = any ($1::smallint[]) and t.batch_id = b.id and t.ended_at is null
  )
returning b.id;

-- name: get_progress
select count(*)::integer as quantity, coalesce(sum(amount), 0)::bigint as amount
from wire.transfer_bills
where shard = $1 and batch_id = $2 and state = 'received';

-- name: list_details
select id, shop_id, mchid, number, appid, openid, amount, remark, terms, notify_url, key_id, hold_id, state, created_at,
  expires_at, due_at, person_id, confirmed_at, ended_at, batch_id
from wire.transfer_bills
where shard = $1 and batch_id = $2 and ($3::text is null or state = $3)
order by id
offset $4
limit $5;
