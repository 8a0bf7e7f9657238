-- What the platform takes, by category and by shop; and how long shops of each grade wait for their money.

-- In force is the latest version whose time has come; a line of an order keeps what it was charged when it was placed.
create table orders.fee_rules (
  version integer primary key constraint fee_rules_versions_count_up check (version > 0),
  effective_at timestamptz not null,
  rules jsonb not null,
  author_id uuid,
  reason text not null constraint fee_rules_reason_length check (length(reason) between 1 and 500),
  created_at timestamptz not null,
  constraint fee_rules_never_reach_back check (effective_at >= created_at or version = 1),
  -- More than three tenths of an order may not go to others than the shop.
  constraint fee_rules_leave_seven_tenths check (
    not rules @? '$.rules[*].rate ? (@.fee_ppm < 0 || @.commission_ppm < 0 || @.fee_ppm + @.commission_ppm > 300000)')
);
insert into orders.fee_rules (version, effective_at, rules, reason, created_at)
values (1, '1970-01-01T00:00:00Z', '{"rules": []}', 'As the rules of trade say.', '1970-01-01T00:00:00Z');
grant select, insert on orders.fee_rules to weiji_app;

alter table orders.orders
  add column fee_version integer,
  add column settle_days smallint constraint orders_settle_days_range check (settle_days between 0 and 90);

create view catalog.public_placements as
select shard, id as product_id, category_id from catalog.products;
grant select on catalog.public_placements to weiji_app;

-- Orders come in the order of their time, and keep it: so some bytes for each hundred of them tell where a month begins.
create index orders_by_time on orders.orders using brin (placed_at);
