-- name: list_enrolments
-- The last changed first. On a cluster this asks every node, each for one page at most.
select e.shop_id, p.name as shop_name, p.handle, e.channel, e.status, e.attempts, e.fault, e.query_at, e.created_at, e.changed_at,
  e.given_last4, m.last4 as bound_last4
from payments.public_enrolments e
join shops.public_shops p on p.shard = e.shard and p.id = e.shop_id
left join payments.public_sub_merchants m on m.shard = e.shard and m.shop_id = e.shop_id and m.channel = e.channel
where e.shard between 0 and 63 and ($1::timestamptz is null or (e.changed_at, e.shop_id, e.channel) < ($1, $2::uuid, $3::text))
order by e.changed_at desc, e.shop_id desc, e.channel desc
limit $4;

-- name: list_waiting_enrolments
-- Those that wait longest first. They are few: two indexes have them alone.
select e.shop_id, p.name as shop_name, p.handle, e.channel, e.status, e.attempts, e.fault, e.query_at, e.created_at, e.changed_at,
  e.given_last4, m.last4 as bound_last4
from payments.public_enrolments e
join shops.public_shops p on p.shard = e.shard and p.id = e.shop_id
left join payments.public_sub_merchants m on m.shard = e.shard and m.shop_id = e.shop_id and m.channel = e.channel
where e.shard between 0 and 63 and (e.status = 'handed_in' and e.query_at is null or e.given_last4 is not null)
order by e.changed_at, e.shop_id, e.channel
limit $1;
