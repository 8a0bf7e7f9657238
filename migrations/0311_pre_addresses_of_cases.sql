-- pre: Who sends goods anew reads on the case where to.

create or replace view orders.public_terms as
select o.shard, o.id, (r.rules ->> 'applications_max')::integer as applications_max, o.address
from orders.orders o
join orders.rules r on r.version = o.rules_version;
