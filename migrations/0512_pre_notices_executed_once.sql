-- pre: A notice of a court is executed once of what an order holds. Before this several may have been by one: those are counted, and
-- stay as they are. What is new is the first.
alter table court_orders.executions add column same_before smallint not null default 0
  constraint executions_count_from_nothing check (same_before >= 0);
update court_orders.executions e
set same_before = n.before
from (select shard, id, row_number() over (partition by court_order_id, number order by executed_at, id) - 1 as before
  from court_orders.executions) as n
where n.shard = e.shard and n.id = e.id and n.before > 0;
create unique index executions_are_by_a_notice_each on court_orders.executions (court_order_id, number, same_before, shard);
drop index court_orders.executions_court_order;
revoke insert on court_orders.executions from weiji_app;
grant insert (shard, id, court_order_id, amount, number, way, executed_at) on court_orders.executions to weiji_app;
