-- When orders are to be looked at: a row for all that are due at the same time, and not one for each order.
create table orders.alarms (
  shard smallint not null,
  due_at timestamptz not null,
  id uuid not null,
  order_ids uuid[] not null,
  primary key (due_at, id, shard)
);
grant select, insert, update, delete on orders.alarms to weiji_app;
