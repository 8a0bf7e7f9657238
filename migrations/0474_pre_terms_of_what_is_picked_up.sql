-- pre: A case of an order that is picked up says so: nothing is sent anew for it.
create or replace view orders.public_terms as
select o.shard, o.id, (r.rules ->> 'applications_max')::integer as applications_max, o.address, o.state, o.due_at,
  o.pickup is not null as is_picked_up
from orders.orders o
join orders.rules r on r.version = o.rules_version;
