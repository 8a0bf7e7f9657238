-- name: get_shops
select s.id, s.handle, s.name, s.story, s.owner_id, s.status, s.colour, s.created_at, s.verification, s.holiday_starts_at,
  s.holiday_ends_at, s.holiday_notice, s.holiday_takes_orders, s.is_away, s.is_sales_suspended, s.is_withdrawals_suspended,
  s.is_listing_frozen, s.is_limited, s.is_withdrawals_held, s.suspended_until, s.closing_at, s.closing_account_id, s.closed_at,
  s.was_closed
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join shops.shops s on s.shard = asked.shard and s.id = asked.id
where s.shard = any ($1::smallint[])
order by s.id;

-- name: lock_shops
-- In id order, so that two batches never wait for each other.
select s.id, s.handle, s.name, s.story, s.owner_id, s.status, s.colour, s.created_at, s.verification, s.holiday_starts_at,
  s.holiday_ends_at, s.holiday_notice, s.holiday_takes_orders, s.is_away, s.is_sales_suspended, s.is_withdrawals_suspended,
  s.is_listing_frozen, s.is_limited, s.is_withdrawals_held, s.suspended_until, s.closing_at, s.closing_account_id, s.closed_at,
  s.was_closed
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join shops.shops s on s.shard = asked.shard and s.id = asked.id
where s.shard = any ($1::smallint[])
order by s.id
for no key update of s;

-- name: get_handles
select handle, shop_id from shops.shop_handles where handle = any ($1::text[]);

-- name: count_owned
select owner_id, count(*) as shops
from shops.shops
where shard between 0 and 63 and owner_id = any ($1::uuid[]) and closed_at is null
group by owner_id;

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
  owner_id = c.owner_id, holiday_starts_at = c.holiday_starts_at, holiday_ends_at = c.holiday_ends_at,
  holiday_notice = c.holiday_notice, holiday_takes_orders = c.holiday_takes_orders, is_away = c.is_away,
  is_sales_suspended = c.is_sales_suspended, is_withdrawals_suspended = c.is_withdrawals_suspended,
  suspended_until = c.suspended_until, closing_at = c.closing_at, closing_account_id = c.closing_account_id,
  closed_at = c.closed_at, was_closed = c.was_closed, turn_at = c.turn_at, updated_at = $22
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[],
  $9::timestamptz[], $10::timestamptz[], $11::text[], $12::boolean[], $13::boolean[], $14::boolean[], $15::boolean[],
  $16::timestamptz[], $17::timestamptz[], $18::uuid[], $19::timestamptz[], $20::boolean[], $21::timestamptz[])
  as c (shard, id, name, story, colour, status, verification, owner_id, holiday_starts_at, holiday_ends_at, holiday_notice,
    holiday_takes_orders, is_away, is_sales_suspended, is_withdrawals_suspended, suspended_until, closing_at,
    closing_account_id, closed_at, was_closed, turn_at)
where s.shard = any ($1::smallint[]) and s.shard = c.shard and s.id = c.id;

-- name: restrict_shops
update shops.shops s
set is_listing_frozen = c.is_listing_frozen, is_limited = c.is_limited, is_withdrawals_held = c.is_withdrawals_held, updated_at = $6
from unnest($1::smallint[], $2::uuid[], $3::boolean[], $4::boolean[], $5::boolean[])
  as c (shard, id, is_listing_frozen, is_limited, is_withdrawals_held)
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

-- name: get_shops_to_turn
select id from shops.shops where shard between 0 and 63 and turn_at <= $1 order by turn_at limit $2;

-- name: get_limits
select day_sales_max, total_sales_max, may_withdraw from shops.limits order by version desc limit 1;

-- name: add_limits
insert into shops.limits (version, day_sales_max, total_sales_max, may_withdraw, set_at)
select max(version) + 1, $1, $2, $3, $4 from shops.limits;

-- name: get_barred
-- Those of these shops that may not withdraw now, and whether because they are suspended.
select id, is_withdrawals_suspended from shops.public_shops where shard = any ($1::smallint[]) and id = any ($2::uuid[]) and not may_withdraw;

-- name: get_written
-- What shops of a shard that were changed since a time say of themselves, some at a time.
select s.id, s.handle, s.name, s.story from shops.shops s
where s.shard = $1 and s.id > $2 and s.updated_at > $3
order by s.id
limit $4;
