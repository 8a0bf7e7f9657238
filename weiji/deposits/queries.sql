-- name: get_stakes
-- Of shops: what is asked of them, what they have put up, what they owe, and what they have.
select s.id, s.handle, s.name, coalesce(r.required, 0) as required, coalesce(r.freeze_days, 0) as freeze_days,
  coalesce(d.credits_posted - d.debits_posted - d.debits_pending, 0) as deposit, coalesce(d.credits_posted, 0) > 0 as has_paid,
  coalesce(o.debits_posted - o.credits_posted, 0) as owed,
  coalesce(a.credits_posted - a.debits_posted - a.debits_pending, 0) as available, s.closing_at, s.closed_at,
  exists (select from disputes.public_open p where p.shard = s.shard and p.shop_id = s.id)
    or exists (select from aftersale.public_to_give_back g where g.shard = s.shard and g.shop_id = s.id)
    or exists (select from wire.public_open_complaints c where c.shard = s.shard and c.shop_id = s.id and c.is_with_staff) as is_disputed,
  coalesce(d.is_frozen, false) as is_frozen
from shops.public_shops s
left join onboarding.public_deposits r on r.shard = s.shard and r.shop_id = s.id
left join ledger.public_accounts d on d.shard = s.shard and d.owner_id = s.id and d.code = 2022
left join ledger.public_accounts o on o.shard = s.shard and o.owner_id = s.id and o.code = 1110
left join ledger.public_accounts a on a.shard = s.shard and a.owner_id = s.id and a.code = 2021
where s.shard = any ($1::smallint[]) and s.id = any ($2::uuid[]);

-- name: list_stakes
-- Of every shop that is asked for a deposit, or has one, or owes something: all of them, those that lack something of
-- their deposit, or those that owe. The newest shop first. Nothing is lacking of an application that is not handed in.
-- Who they are is found first, each kind by itself: most shops are none of them.
with of_some as materialized (
  select shard, shop_id from (
    select o.shard, o.owner_id as shop_id from ledger.public_accounts o
    where $1::text <> 'lacking' and o.shard between 0 and 63 and o.code = 1110 and o.debits_posted > o.credits_posted
    union
    select d.shard, d.owner_id from ledger.public_accounts d
    where $1 = 'all' and d.shard between 0 and 63 and d.code = 2022
      and d.credits_posted - d.debits_posted - d.debits_pending > 0
    union
    select r.shard, r.shop_id from onboarding.public_deposits r
    where $1 = 'all' and r.shard between 0 and 63 and r.is_handed_in and r.required > 0
    union
    select r.shard, r.shop_id from onboarding.public_deposits r
    join shops.public_shops s on s.shard = r.shard and s.id = r.shop_id and s.closed_at is null
    left join ledger.public_accounts d on d.shard = r.shard and d.owner_id = r.shop_id and d.code = 2022
    where $1 = 'lacking' and r.shard between 0 and 63 and r.is_handed_in
      and coalesce(d.credits_posted - d.debits_posted - d.debits_pending, 0) < r.required) found
  where $2::uuid is null or shop_id < $2
  order by shop_id desc
  limit $3)
select s.id, s.handle, s.name, case when r.is_handed_in then r.required else 0 end as required, coalesce(r.freeze_days, 0) as freeze_days,
  coalesce(d.credits_posted - d.debits_posted - d.debits_pending, 0) as deposit, coalesce(d.credits_posted, 0) > 0 as has_paid,
  coalesce(o.debits_posted - o.credits_posted, 0) as owed,
  coalesce(a.credits_posted - a.debits_posted - a.debits_pending, 0) as available, s.closing_at, s.closed_at
from of_some f
join shops.public_shops s on s.shard = f.shard and s.id = f.shop_id
left join onboarding.public_deposits r on r.shard = s.shard and r.shop_id = s.id
left join ledger.public_accounts d on d.shard = s.shard and d.owner_id = s.id and d.code = 2022
left join ledger.public_accounts o on o.shard = s.shard and o.owner_id = s.id and o.code = 1110
left join ledger.public_accounts a on a.shard = s.shard and a.owner_id = s.id and a.code = 2021
where s.shard between 0 and 63
order by s.id desc;

-- name: sum_stakes
-- How many shops have a deposit, how many of them too little, and how many owe; and how much that is in all.
select
  (select coalesce(sum(credits_posted - debits_posted), 0)::bigint from ledger.public_accounts
   where shard between 0 and 63 and code = 2022) as deposits,
  (select coalesce(sum(debits_posted - credits_posted), 0)::bigint from ledger.public_accounts
   where shard between 0 and 63 and code = 1110) as owed,
  (select count(*) from ledger.public_accounts
   where shard between 0 and 63 and code = 1110 and debits_posted > credits_posted) as owing,
  (select count(*) from onboarding.public_deposits r
   join shops.public_shops s on s.shard = r.shard and s.id = r.shop_id and s.closed_at is null
   left join ledger.public_accounts d on d.shard = r.shard and d.owner_id = r.shop_id and d.code = 2022
   where r.shard between 0 and 63 and r.is_handed_in and coalesce(d.credits_posted - d.debits_posted, 0) < r.required) as lacking;

-- name: list_dues
-- Shops that have something available while they owe, or while the deposit that they once put up lacks something and no court
-- takes whatever comes into it.
select due.shop_id
from (
  select o.shard, o.owner_id as shop_id from ledger.public_accounts o
  where o.shard between 0 and 63 and o.code = 1110 and o.debits_posted > o.credits_posted
  union
  select d.shard, d.owner_id from ledger.public_accounts d
  join onboarding.public_deposits r on r.shard = d.shard and r.shop_id = d.owner_id and r.is_handed_in
  join shops.public_shops s on s.shard = d.shard and s.id = d.owner_id and s.closing_at is null
  where d.shard between 0 and 63 and d.code = 2022 and d.credits_posted > 0 and not d.is_frozen
    and d.credits_posted - d.debits_posted - d.debits_pending < r.required) as due
join ledger.public_accounts a on a.shard = due.shard and a.owner_id = due.shop_id and a.code = 2021
  and a.credits_posted - a.debits_posted - a.debits_pending > 0
where due.shop_id > $1
order by due.shop_id
limit $2;
