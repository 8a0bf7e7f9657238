-- name: add_code_stocks
insert into wire.code_stocks (shard, campaign_id, mode)
select * from unnest($1::smallint[], $2::uuid[], $3::text[])
on conflict do nothing
returning campaign_id;

-- name: lock_code_stocks
-- In id order, so that two batches never wait for each other.
select campaign_id, mode, codes from wire.code_stocks
where shard = any ($1::smallint[]) and campaign_id = any ($2::uuid[])
order by campaign_id
for no key update;

-- name: get_code_stocks
select campaign_id, mode, codes from wire.code_stocks
where shard = any ($1::smallint[]) and campaign_id = any ($2::uuid[]);

-- name: count_codes
update wire.code_stocks s set codes = c.codes
from unnest($1::smallint[], $2::uuid[], $3::integer[]) as c (shard, campaign_id, codes)
where s.shard = any ($1::smallint[]) and s.shard = c.shard and s.campaign_id = c.campaign_id and s.codes <> c.codes;

-- name: add_codes
-- What was deleted may come anew, of any stock.
insert into wire.own_codes (shard, shop_id, code, campaign_id, uploaded_at)
select $1, $2, code, $3, $5 from unnest($4::text[]) as c (code)
on conflict (shop_id, code, shard) do update
set campaign_id = excluded.campaign_id, uploaded_at = excluded.uploaded_at, deleted_at = null
where own_codes.deleted_at is not null
returning code;

-- name: find_free_code
-- Of a stock that is locked: nobody else draws.
select code from wire.own_codes
where shard = $1 and campaign_id = $2 and deleted_at is null and coupon_id is null
limit 1;

-- name: bind_code
update wire.own_codes set coupon_id = $4, sent_at = $5 where shard = $1 and shop_id = $2 and code = $3;

-- name: say_code
-- What another stock has is taken, whether it was sent or not.
insert into wire.own_codes (shard, shop_id, code, campaign_id, uploaded_at, coupon_id, sent_at)
values ($1, $2, $3, $4, $6, $5, $6)
on conflict (shop_id, code, shard) do update
set campaign_id = excluded.campaign_id, uploaded_at = excluded.uploaded_at, coupon_id = excluded.coupon_id,
  sent_at = excluded.sent_at, deleted_at = null
where own_codes.deleted_at is not null or own_codes.campaign_id = excluded.campaign_id and own_codes.coupon_id is null
returning code;

-- name: find_claimed
-- Which of these coupons somebody got after all.
select id from coupons.public_coupons where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: free_codes
-- What was uploaded is its stock's again; what was only said is nobody's, and may be said anew.
update wire.own_codes c set coupon_id = null, sent_at = null, deleted_at = case when s.mode = 'MERCHANT_API' then $3::timestamptz end
from wire.code_stocks s
where c.shard = any ($1::smallint[]) and c.coupon_id = any ($2::uuid[]) and s.shard = c.shard and s.campaign_id = c.campaign_id;

-- name: delete_code
update wire.own_codes set deleted_at = $4 where shard = $1 and shop_id = $2 and code = $3;

-- name: find_own_code
select shop_id, code, campaign_id, uploaded_at, coupon_id, sent_at, deleted_at
from wire.own_codes
where shard = $1 and shop_id = $2 and code = $3;

-- name: get_codes_of_coupons
select coupon_id, code from wire.own_codes where shard = any ($1::smallint[]) and coupon_id = any ($2::uuid[]);

-- name: list_own_codes
select shop_id, code, campaign_id, uploaded_at, coupon_id, sent_at, deleted_at
from wire.own_codes
where shard = $1 and campaign_id = $2 and deleted_at is null and ($3::boolean is null or (coupon_id is not null) = $3)
order by code
offset $4
limit $5;
