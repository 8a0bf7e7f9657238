-- name: add_bill
insert into wire.bills (shard, id, mchid, what, pages, text_bytes, packed_bytes, hash, begun_at, done_at, ends_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: add_page
insert into wire.bill_pages (shard, bill_id, place, ends_at, content) values ($1, $2, $3, $4, $5);

-- name: get_bill
select id, mchid, what, pages, text_bytes, packed_bytes, hash, begun_at, done_at, ends_at
from wire.bills
where shard = $1 and id = $2 and ends_at > $3;

-- name: find_late
-- The newest bill that was asked for so, was done after some time, and took longer than its asker waited.
select id, mchid, what, pages, text_bytes, packed_bytes, hash, begun_at, done_at, ends_at
from wire.bills
where shard = $1 and mchid = $2 and what = $3 and done_at > $4 and done_at - begun_at > $5
order by done_at desc
limit 1;

-- name: weigh_kept
select count(*) as bills, coalesce(sum(packed_bytes), 0)::bigint as packed_bytes
from (select packed_bytes from wire.bills where shard = $1 and mchid = $2 and ends_at > $3 limit $4) as kept;

-- name: get_page
select content from wire.bill_pages where shard = $1 and bill_id = $2 and place = $3;

-- name: list_over
select id, pages from wire.bills where shard between 0 and 63 and ends_at <= $1 order by ends_at, id limit $2;

-- name: forget_pages_of
delete from wire.bill_pages where shard = any ($1::smallint[]) and bill_id = any ($2::uuid[]);

-- name: forget_bills
delete from wire.bills where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: list_left
-- Pages of bills that were never done.
select bill_id, place from wire.bill_pages where shard between 0 and 63 and ends_at <= $1 order by ends_at limit $2;

-- name: forget_left
delete from wire.bill_pages p
using unnest($1::smallint[], $2::uuid[], $3::integer[]) as o (shard, bill_id, place)
where p.shard = any ($1::smallint[]) and p.shard = o.shard and p.bill_id = o.bill_id and p.place = o.place;
