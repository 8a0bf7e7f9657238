-- name: lock_campaigns
-- A statement of its own, in id order: what is read after it sees what the last holder of the locks committed.
select id, shop_id, name, state, amount, percent, threshold, product_ids, category_ids, cashier, quantity, claimed, per_person, starts_at,
  ends_at, valid_days, code, created_at, started_at, stopped_at
from coupons.campaigns
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: get_budgets
-- What is left in budgets and not held.
select owner_id, credits_posted - debits_posted - debits_pending as available
from ledger.public_accounts
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: find_codes
select code, campaign_id from coupons.codes where code = any ($1::text[]);

-- name: add_codes
-- Whoever comes second gets no row: the batch is done again, and finds the code taken.
insert into coupons.codes (code, campaign_id)
select code, campaign_id from unnest($1::text[], $2::uuid[]) as c (code, campaign_id)
order by code
on conflict do nothing
returning code;

-- name: add_campaigns
insert into coupons.campaigns (shard, id, shop_id, name, state, amount, percent, threshold, product_ids, category_ids, cashier,
  quantity, per_person, starts_at, ends_at, valid_days, code, created_at)
select c.shard, c.id, c.shop_id, c.name, 'created', c.amount, c.percent, c.threshold,
  string_to_array(c.product_ids, ',')::uuid[], string_to_array(c.category_ids, ',')::uuid[], c.cashier,
  c.quantity, c.per_person, c.starts_at, c.ends_at, c.valid_days, c.code, $16
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::smallint[], $7::bigint[], $8::text[],
  $9::text[], $10::integer[], $11::smallint[], $12::timestamptz[], $13::timestamptz[], $14::smallint[], $15::text[], $17::jsonb[])
  as c (shard, id, shop_id, name, amount, percent, threshold, product_ids, category_ids, quantity, per_person, starts_at,
    ends_at, valid_days, code, cashier);

-- name: update_campaigns
update coupons.campaigns c
set state = n.state, claimed = n.claimed, started_at = n.started_at, stopped_at = n.stopped_at
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::integer[], $5::timestamptz[], $6::timestamptz[])
  as n (shard, id, state, claimed, started_at, stopped_at)
where c.shard = any ($1::smallint[]) and c.shard = n.shard and c.id = n.id;

-- name: find_claims
-- How many coupons people have of campaigns that are locked.
select c.campaign_id, c.person_id, count(*)::integer as n
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as asked (shard, campaign_id, person_id)
join coupons.coupons c on c.shard = asked.shard and c.campaign_id = asked.campaign_id and c.person_id = asked.person_id
where c.shard = any ($1::smallint[])
group by c.campaign_id, c.person_id;

-- name: find_claimed
select id, campaign_id, person_id, place, expires_at from coupons.coupons
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: add_coupons
insert into coupons.coupons (shard, id, campaign_id, person_id, place, per_person, claimed_at, expires_at)
select shard, id, campaign_id, person_id, place, per_person, $8, expires_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::smallint[], $7::timestamptz[])
  as c (shard, id, campaign_id, person_id, place, per_person, expires_at);

-- name: lock_coupons
-- In id order. Coupons of the platform lie elsewhere than the orders that take them, as allowances do.
select c.id, c.campaign_id, m.shop_id, m.name, c.person_id, c.state, m.amount, m.percent, m.threshold, m.product_ids,
  m.category_ids, m.cashier, m.starts_at, c.claimed_at, c.expires_at, c.order_id, c.at_till, c.ended_at
from coupons.coupons c
join coupons.campaigns m on m.shard = c.shard and m.id = c.campaign_id
where c.shard = any ($1::smallint[]) and m.shard = any ($1::smallint[]) and c.id = any ($2::uuid[])
order by c.id
for no key update of c;

-- name: take_coupons
-- For orders that are placed ('reserved') or paid ('used').
update coupons.coupons c
set state = $6, order_id = t.order_id, amount = t.amount, sales = t.sales, used_at = $7
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[]) as t (shard, id, order_id, amount, sales)
where c.shard = any ($1::smallint[]) and c.shard = t.shard and c.id = t.id and coalesce(c.order_id, t.order_id) = t.order_id
  and c.state = any ($8::text[]);

-- name: free_coupons
update coupons.coupons c set state = 'unused', order_id = null, amount = null, sales = null, used_at = null
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as t (shard, id, order_id)
where c.shard = any ($1::smallint[]) and c.shard = t.shard and c.id = t.id and c.order_id = t.order_id;

-- name: serve_coupons
-- Coupons that are locked, as they stand now.
update coupons.coupons c
set state = t.state, order_id = t.order_id, at_till = t.at_till, amount = t.amount, used_at = t.used_at, expires_at = t.expires_at,
  ended_at = t.ended_at, sales = case when t.order_id is not null then 0 end
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::uuid[], $5::boolean[], $6::bigint[], $7::timestamptz[], $8::timestamptz[],
  $9::timestamptz[]) as t (shard, id, state, order_id, at_till, amount, used_at, expires_at, ended_at)
where c.shard = any ($1::smallint[]) and c.shard = t.shard and c.id = t.id;

-- name: find_past_uses
-- Of coupons that are locked: which of these uses, or of these returns, there were.
select coupon_id, use_id, return_id from coupons.uses
where shard = any ($1::smallint[]) and coupon_id = any ($2::uuid[]) and (use_id = any ($3::uuid[]) or return_id = any ($4::uuid[]));

-- name: get_use
-- One use of a coupon, named by itself or by its return.
select used_at, returned_at from coupons.uses
where shard = $1 and coupon_id = $2 and (use_id = $3 or return_id = $3);

-- name: note_uses_by_orders
-- As `take_coupons` wrote it: coupons that another order has are left out.
insert into coupons.uses (shard, coupon_id, use_id, campaign_id, person_id, at_till, amount, sales, used_at)
select c.shard, c.id, c.order_id, c.campaign_id, c.person_id, c.at_till, c.amount, c.sales, c.used_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as t (shard, id, order_id)
join coupons.coupons c on c.shard = t.shard and c.id = t.id and c.order_id = t.order_id
where c.shard = any ($1::smallint[]) and c.state = 'used'
on conflict do nothing;

-- name: note_uses_at_tills
insert into coupons.uses (shard, coupon_id, use_id, campaign_id, person_id, at_till, amount, sales, used_at)
select shard, id, use_id, campaign_id, person_id, true, amount, 0, $7
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[])
  as u (shard, id, use_id, campaign_id, person_id, amount);

-- name: return_uses
-- What was reserved by an order that closed was never used, and has no row.
update coupons.uses u set returned_at = $5, return_id = t.return_id
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[]) as t (shard, coupon_id, use_id, return_id)
where u.shard = any ($1::smallint[]) and u.shard = t.shard and u.coupon_id = t.coupon_id and u.use_id = t.use_id
  and u.returned_at is null;

-- name: list_usable
-- Somebody's coupons for some shops, and the platform's, those that end soonest: on a cluster every node is asked, each for
-- few rows.
select id, campaign_id, shop_id, name, person_id, state, amount, percent, threshold, product_ids, category_ids, cashier, starts_at,
  claimed_at, expires_at, order_id, at_till, ended_at
from coupons.public_coupons
where shard between 0 and 63 and person_id = $1 and state = 'unused' and expires_at > $3 and starts_at <= $3
  and (shop_id is null or shop_id = any ($2::uuid[]))
order by expires_at, id
limit $4;

-- name: list_coupons
-- Somebody's coupons, what was claimed last first.
select c.id, c.campaign_id, c.shop_id, c.name, c.person_id, c.state, c.amount, c.percent, c.threshold, c.product_ids,
  c.category_ids, c.cashier, c.starts_at, c.claimed_at, c.expires_at, c.order_id, c.at_till, c.ended_at, s.name as shop_name, s.handle as shop_handle
from coupons.public_coupons c
left join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard between 0 and 63 and c.person_id = $1
  and case $2 when 'usable' then c.state <> 'used' and (c.state = 'reserved' or c.expires_at > $3)
    when 'used' then c.state = 'used'
    when 'expired' then c.state = 'unused' and c.expires_at <= $3
    else true end
  and ($4::timestamptz is null or (c.claimed_at, c.id) < ($4, $5))
order by c.claimed_at desc, c.id desc
limit $6;

-- name: list_coupons_in_shop
-- Somebody's coupons of one shop, what was claimed last first, with how many there are.
select c.id, c.campaign_id, c.shop_id, c.name, c.person_id, c.state, c.amount, c.percent, c.threshold, c.product_ids,
  c.category_ids, c.cashier, c.starts_at, c.claimed_at, c.expires_at, c.order_id, c.at_till, c.ended_at,
  count(*) over ()::integer as total
from coupons.public_coupons c
where c.shard = $1 and c.shop_id = $2 and c.person_id = $3 and ($4::uuid is null or c.campaign_id = $4)
  and case $5 when 'usable' then c.state <> 'used' and (c.state = 'reserved' or c.expires_at > $6)
    when 'used' then c.state = 'used'
    when 'expired' then c.state = 'unused' and c.expires_at <= $6
    when 'lapsed' then c.state = 'unused' and c.expires_at <= $6 and c.ended_at is null
    when 'ended' then c.ended_at is not null
    else true end
order by c.claimed_at desc, c.id desc
offset $7
limit $8;

-- name: list_uses
-- What was used of a campaign after some use ($4, $5), until some time: what came back since, too.
select coupon_id as id, person_id, use_id as order_id, at_till, amount, sales, used_at, returned_at
from coupons.uses
where shard = $1 and campaign_id = $2 and used_at < $3 and (used_at, coupon_id, use_id) > ($4, $5, $6)
order by used_at, coupon_id, use_id
limit $7;

-- name: list_returned_uses
select coupon_id as id, person_id, use_id as order_id, at_till, amount, sales, used_at, returned_at
from coupons.uses
where shard = $1 and campaign_id = $2 and returned_at < $3 and (returned_at, coupon_id, use_id) > ($4, $5, $6)
order by returned_at, coupon_id, use_id
limit $7;

-- name: get_coupons
select c.id, c.campaign_id, c.shop_id, c.name, c.person_id, c.state, c.amount, c.percent, c.threshold, c.product_ids,
  c.category_ids, c.cashier, c.starts_at, c.claimed_at, c.expires_at, c.order_id, c.at_till, c.ended_at
from coupons.public_coupons c
where c.shard = any ($1::smallint[]) and c.id = any ($2::uuid[]);

-- name: list_open
-- What can be claimed: of one shop ($1) and then of the platform, or of the platform and then of all; with how many the
-- reader has.
select c.id, c.shop_id, c.name, c.state, c.amount, c.percent, c.threshold, c.product_ids, c.category_ids, c.cashier, c.quantity,
  c.claimed, c.per_person, c.starts_at, c.ends_at, c.valid_days, c.code, c.created_at, c.started_at, c.stopped_at,
  s.name as shop_name, s.handle as shop_handle,
  (select count(*)::integer from coupons.coupons o
   where o.shard = c.shard and o.campaign_id = c.id and o.person_id = $2) as own
from coupons.campaigns c
left join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
where c.shard = any ($5::smallint[]) and c.state = 'running' and c.code is null and c.ends_at > $3
  and ($1::uuid is null or c.shop_id = $1 or c.shop_id is null) and (c.shop_id is null or s.status = 'open')
  and (c.claimed < c.quantity
    or exists (select from coupons.coupons o where o.shard = c.shard and o.campaign_id = c.id and o.person_id = $2))
order by c.starts_at > $3, (c.shop_id is null) = ($1::uuid is not null), c.ends_at, c.id
limit $4;

-- name: list_campaigns
-- The campaigns of a shop, or of the platform, the newest first, with what they brought and what their budgets have.
select c.id, c.shop_id, c.name, c.state, c.amount, c.percent, c.threshold, c.product_ids, c.category_ids, c.cashier, c.quantity,
  c.claimed, c.per_person, c.starts_at, c.ends_at, c.valid_days, c.code, c.created_at, c.started_at, c.stopped_at,
  null::text as shop_name, null::text as shop_handle, e.reserved, e.used, e.used_amount, e.sales
from (
  select * from coupons.campaigns
  where shard = $1 and shop_id is not distinct from $2 and ($3::uuid is null or id < $3)
  order by id desc
  limit $4) as c
cross join lateral (
  select count(*) filter (where o.state = 'reserved')::integer as reserved, count(*) filter (where o.state = 'used')::integer as used,
    coalesce(sum(o.amount) filter (where o.state = 'used'), 0)::bigint as used_amount,
    coalesce(sum(o.sales) filter (where o.state = 'used'), 0)::bigint as sales
  from coupons.coupons o where o.shard = $1 and o.campaign_id = c.id and o.state in ('reserved', 'used')) as e
order by c.id desc;

-- name: find_campaigns
-- One page of a shop's campaigns in one state ($3) or any, made within a time, the newest first, with how many there are in all:
-- beyond the last page a row has that alone.
with found as (
  select * from coupons.campaigns
  where shard = $1 and shop_id = $2 and ($3::text is null or state = $3)
    and ($4::timestamptz is null or created_at >= $4) and ($5::timestamptz is null or created_at <= $5))
select c.id, c.shop_id, c.name, c.state, c.amount, c.percent, c.threshold, c.product_ids, c.category_ids, c.cashier, c.quantity,
  c.claimed, c.per_person, c.starts_at, c.ends_at, c.valid_days, c.code, c.created_at, c.started_at, c.stopped_at,
  n.total
from (select count(*)::integer as total from found) as n
left join (select * from found order by created_at desc, id desc offset $6 limit $7) as c on true
order by c.created_at desc, c.id desc;

-- name: get_campaign
-- One campaign with its shop, what its budget has, and how many the reader has; and what it brought, where that is asked for
-- ($5): all coupons that were used are added up.
select c.id, c.shop_id, c.name, c.state, c.amount, c.percent, c.threshold, c.product_ids, c.category_ids, c.cashier, c.quantity,
  c.claimed, c.per_person, c.starts_at, c.ends_at, c.valid_days, c.code, c.created_at, c.started_at, c.stopped_at,
  s.name as shop_name, s.handle as shop_handle, e.reserved, e.used, e.used_amount, e.sales,
  coalesce((select a.credits_posted - a.debits_posted - a.debits_pending from ledger.public_accounts a
   where a.shard = c.shard and a.id = $3), 0)::bigint as budget,
  (select count(*)::integer from coupons.coupons o
   where o.shard = c.shard and o.campaign_id = c.id and o.person_id = $4) as own
from coupons.campaigns c
left join shops.public_shops s on s.shard = c.shard and s.id = c.shop_id
cross join lateral (
  select count(*) filter (where o.state = 'reserved')::integer as reserved, count(*) filter (where o.state = 'used')::integer as used,
    coalesce(sum(o.amount) filter (where o.state = 'used'), 0)::bigint as used_amount,
    coalesce(sum(o.sales) filter (where o.state = 'used'), 0)::bigint as sales
  from coupons.coupons o
  where $5::boolean and o.shard = c.shard and o.campaign_id = c.id and o.state in ('reserved', 'used')) as e
where c.shard = $1 and c.id = $2;

-- name: find_campaigns_by_code
with found as materialized (select campaign_id as id from coupons.codes where code = $1)
select c.id, c.shop_id, c.name, c.state, c.amount, c.percent, c.threshold, c.product_ids, c.category_ids, c.cashier, c.quantity,
  c.claimed, c.per_person, c.starts_at, c.ends_at, c.valid_days, c.code, c.created_at, c.started_at, c.stopped_at
from coupons.campaigns c
join found using (id)
where c.shard = any (array(select kit.shard_of(id) from found));

-- name: get_ended_campaigns
-- Campaigns of the platform, and prepaid ones, that are over, and all their coupons, too: what their budgets have left is needed
-- no more. A coupon that was used may come back while it is valid, and take more than before. One that an order has may be used
-- after its time, and the budget hears of that by an event.
select c.id, c.shop_id from coupons.campaigns c
where c.shard between 0 and 63 and (c.shard = $1 and c.shop_id is null or c.cashier @> '{"is_prepaid": true}') and c.id > $3
  and case when c.claimed = 0 then c.state = 'stopped' or c.ends_at <= $2
    when c.valid_days = 0 then c.ends_at <= $2
    else least(c.ends_at, c.stopped_at) + c.valid_days * interval '1 day' <= $2 end
  and not exists (
    select from coupons.coupons o where o.shard = c.shard and o.campaign_id = c.id
      and (o.state = 'reserved' or o.state = 'used' and o.used_at > $2))
order by c.id
limit $4;
