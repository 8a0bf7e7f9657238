-- name: list_sub_merchants
-- The last bound first. On a cluster this asks every node, each for one page at most.
select m.shop_id, p.name as shop_name, p.handle, m.channel, m.last4, m.bound_at
from payments.public_sub_merchants m
join shops.public_shops p on p.shard = m.shard and p.id = m.shop_id
where m.shard between 0 and 63 and ($1::timestamptz is null or (m.bound_at, m.shop_id, m.channel) < ($1, $2::uuid, $3::text))
order by m.bound_at desc, m.shop_id desc, m.channel desc
limit $4;

-- name: list_bindings
-- What shops are and what they were in one statement, a page of each.
(select m.shop_id, p.name as shop_name, p.handle, m.channel, m.last4, m.bound_at, null::timestamptz as unbound_at
from payments.public_sub_merchants m
join shops.public_shops p on p.shard = m.shard and p.id = m.shop_id
where m.shard between 0 and 63
order by m.bound_at desc, m.shop_id desc, m.channel desc
limit $1)
union all
(select m.shop_id, p.name, p.handle, m.channel, m.last4, m.bound_at, m.unbound_at
from payments.public_former_sub_merchants m
join shops.public_shops p on p.shard = m.shard and p.id = m.shop_id
where m.shard between 0 and 63
order by m.unbound_at desc, m.shop_id desc, m.channel desc
limit $1)
order by unbound_at desc, bound_at desc, shop_id desc, channel desc;

-- name: list_unfreezings
-- What channels have not let go yet, the oldest first.
select u.id, u.shop_id, p.name as shop_name, p.handle, u.channel, u.amount, u.status, u.reason, u.queries, u.query_at,
  u.created_at, u.ended_at
from payments.public_unfreezings u
join shops.public_shops p on p.shard = u.shard and p.id = u.shop_id
where u.shard between 0 and 63 and u.status <> 'unfrozen'
  and ($1::timestamptz is null or (u.created_at, u.id) > ($1, $2::uuid))
order by u.created_at, u.id
limit $3;

-- name: list_unfrozen
select u.id, u.shop_id, p.name as shop_name, p.handle, u.channel, u.amount, u.status, u.reason, u.queries, u.query_at,
  u.created_at, u.ended_at
from payments.public_unfreezings u
join shops.public_shops p on p.shard = u.shard and p.id = u.shop_id
where u.shard between 0 and 63 and u.status = 'unfrozen'
  and ($1::timestamptz is null or (u.ended_at, u.id) < ($1, $2::uuid))
order by u.ended_at desc, u.id desc
limit $3;
