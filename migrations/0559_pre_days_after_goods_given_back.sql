-- pre: When goods were given back, and what says until when something may be asked about a line: after-sale begins anew
-- with what is given back, but for returns for no reason.
alter table orders.lines add column given_back_at timestamptz;
grant update (given_back_at) on orders.lines to weiji_app;
create view orders.public_asking as
  select l.shard, l.order_id, l.line, o.received_at, l.replaced_at, l.given_back_at, l.no_reason_days, l.aftersale_days, r.rules
  from orders.lines l
  join orders.orders o on o.shard = l.shard and o.id = l.order_id
  join orders.rules r on r.version = o.rules_version;
grant select on orders.public_asking to weiji_app;
