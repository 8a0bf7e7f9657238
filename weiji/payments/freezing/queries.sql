-- name: get_sub_merchants
select m.shop_id, m.channel, m.number_sealed, m.last4, m.bound_at
from payments.sub_merchants m
join unnest($2::uuid[], $3::text[]) as c (shop_id, channel) on m.shop_id = c.shop_id and m.channel = c.channel
where m.shard = any ($1::smallint[]);

-- name: put_sub_merchants
insert into payments.sub_merchants (shard, shop_id, channel, number_sealed, last4, bound_at)
select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bytea[], $5::text[], $6::timestamptz[])
on conflict (shop_id, channel, shard)
do update set number_sealed = excluded.number_sealed, last4 = excluded.last4, bound_at = excluded.bound_at;

-- name: get_former_sub_merchants
select m.shop_id, m.channel, m.number_sealed, m.last4, m.bound_at, m.unbound_at
from payments.former_sub_merchants m
join unnest($2::uuid[], $3::text[]) as c (shop_id, channel) on m.shop_id = c.shop_id and m.channel = c.channel
where m.shard = any ($1::smallint[]);

-- name: put_former_sub_merchants
insert into payments.former_sub_merchants (shard, shop_id, channel, number_sealed, last4, bound_at, unbound_at)
select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bytea[], $5::text[], $6::timestamptz[], $7::timestamptz[])
on conflict (shop_id, channel, shard)
do update set number_sealed = excluded.number_sealed, last4 = excluded.last4, bound_at = excluded.bound_at,
  unbound_at = excluded.unbound_at;

-- name: forget_former_sub_merchants
delete from payments.former_sub_merchants m
using unnest($2::uuid[], $3::text[]) as c (shop_id, channel)
where m.shard = any ($1::smallint[]) and m.shop_id = c.shop_id and m.channel = c.channel;

-- name: unbind_sub_merchants
delete from payments.sub_merchants m
using unnest($2::uuid[], $3::text[]) as c (shop_id, channel)
where m.shard = any ($1::smallint[]) and m.shop_id = c.shop_id and m.channel = c.channel
returning m.shop_id, m.channel, m.number_sealed, m.last4, m.bound_at;

-- name: add_frozen_payments
insert into payments.frozen_payments (shard, payment_id, shop_id, number_sealed)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bytea[]);

-- name: get_frozen_payments
select f.payment_id, f.number_sealed
from payments.frozen_payments f
where f.shard = any ($1::smallint[]) and f.payment_id = any ($2::uuid[]);

-- name: get_refunding
-- What was refused counts no more: its payer has it in the wallet, or people see to it. Where more is left of a payment than
-- its order says ($3), but for what a channel's dispute took, a refund was ordered that is not here yet; where more went back
-- since than is booked ($4), one is not booked yet.
select p.id as payment_id
from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as u (payment_id, frozen, gone_back)
join payments.payments p on p.id = u.payment_id
where p.shard = any ($1::smallint[])
  and (exists (select from payments.refunds r where r.shard = p.shard and r.payment_id = p.id
      and r.status in ('approved', 'submitted', 'unknown'))
    or p.captured - p.refunded > u.frozen + coalesce((select sum(c.amount) from payments.chargebacks c
      where c.shard = p.shard and c.payment_id = p.id and c.is_won is distinct from true), 0)
    or u.gone_back <> coalesce((select sum(r.amount) from payments.refunds r where r.shard = p.shard and r.payment_id = p.id
      and r.status = 'succeeded' and r.is_from_shop and r.reason <> 'paid_twice'), 0));

-- name: get_left
-- What channels have of payments yet. What they refused to give back came from elsewhere: they have it still, and it is the
-- platform's. What was paid twice was never frozen with it.
select p.id as payment_id, p.captured - coalesce(sum(r.amount), 0)::bigint as frozen
from payments.payments p
left join payments.refunds r on r.shard = p.shard and r.payment_id = p.id and r.status = 'succeeded' and r.reason <> 'paid_twice'
where p.shard = any ($1::smallint[]) and p.id = any ($2::uuid[])
group by p.id, p.captured;

-- name: get_waiting
select w.id, w.shop_id
from (
  select u.id, u.shop_id, row_number() over (partition by u.shard, u.shop_id order by u.id) as place
  from payments.unfreezings u
  where u.shard = any ($1::smallint[]) and u.shop_id = any ($2::uuid[]) and u.status = 'waiting'
) w
where w.place <= $3;

-- name: sum_waiting
select u.shop_id, sum(u.amount)::bigint as amount
from payments.unfreezings u
where u.shard = any ($1::smallint[]) and u.shop_id = any ($2::uuid[]) and u.status = 'waiting'
group by u.shop_id;

-- name: add_unfreezings
insert into payments.unfreezings (shard, id, shop_id, payment_id, channel, amount, frozen, status, reference, attempts, queries,
  query_at, reason, created_at, ended_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::text[],
  $9::text[], $10::smallint[], $11::smallint[], $12::timestamptz[], $13::text[], $14::timestamptz[], $15::timestamptz[]);

-- name: lock_unfreezings
-- In id order, so that two batches never wait for each other.
select u.id, u.shop_id, u.payment_id, u.channel, u.amount, u.frozen, u.status, u.reference, u.attempts, u.queries, u.query_at,
  u.reason, u.created_at, u.ended_at, u.gone_back, u.taken_off, u.fees_back, u.rest, u.part, u.decisions
from payments.unfreezings u
where u.shard = any ($1::smallint[]) and u.id = any ($2::uuid[])
order by u.id
for no key update;

-- name: change_unfreezings
update payments.unfreezings u
set status = c.status, reference = c.reference, attempts = c.attempts, queries = c.queries, query_at = c.query_at,
  reason = c.reason, ended_at = c.ended_at, gone_back = c.gone_back, taken_off = c.taken_off, fees_back = c.fees_back,
  rest = c.rest, part = c.part, decisions = c.decisions
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::smallint[], $7::timestamptz[], $8::text[],
  $9::timestamptz[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::smallint[])
  as c (shard, id, status, reference, attempts, queries, query_at, reason, ended_at, gone_back, taken_off, fees_back, rest, part,
    decisions)
where u.shard = any ($1::smallint[]) and u.shard = c.shard and u.id = c.id;

-- name: get_due_unfreezings
select u.id, u.shop_id, u.payment_id, u.channel, u.amount, u.frozen, u.status, u.reference, u.attempts, u.queries, u.query_at,
  u.reason, u.created_at, u.ended_at, u.gone_back, u.taken_off, u.fees_back, u.rest, u.part, u.decisions
from payments.unfreezings u
where u.shard = any ($1::smallint[]) and u.query_at <= $2
order by u.query_at
limit $3;
