-- What went back of each part of a payment for several orders: however many refunds an order has, they are at most its part.
create table payments.part_refunds (
  shard smallint not null,
  payment_id uuid not null,
  order_id uuid not null,
  amount bigint not null,
  refunded bigint not null,
  primary key (payment_id, order_id, shard),
  constraint part_refunds_not_beyond_part check (refunded between 0 and amount)
) with (fillfactor = 80);
grant select, insert, update (refunded) on payments.part_refunds to weiji_app;
insert into payments.part_refunds (shard, payment_id, order_id, amount, refunded)
select p.shard, p.id, (part ->> 'order_id')::uuid, (part ->> 'amount')::bigint, sum(r.amount)::bigint
from payments.payments p
cross join lateral jsonb_array_elements(p.parts) as part
join payments.refunds r on r.shard = p.shard and r.payment_id = p.id and r.subject_id = (part ->> 'order_id')::uuid
where p.parts is not null and r.reason <> 'paid_twice'
group by 1, 2, 3, 4
having sum(r.amount) <= max((part ->> 'amount')::bigint);
