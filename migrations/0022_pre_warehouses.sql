-- Stock in several warehouses. A SKU keeps its one row: its counters are the sums that are sold from, and of a SKU that
-- lies in several warehouses the row says how much lies in each (docs/decisions/0014).
create table inventory.warehouses (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  name text not null constraint warehouses_name_length check (length(name) between 1 and 40),
  region_code text not null default '' constraint warehouses_region_code_shape check (region_code ~ '^([0-9]{6})?$'),
  priority smallint not null default 0 constraint warehouses_priority_range check (priority between 0 and 999),
  is_open boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (id, shard),
  constraint warehouses_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create index warehouses_of_a_shop on inventory.warehouses (shop_id);
grant select, insert, update on inventory.warehouses to weiji_app;

create view inventory.public_warehouses as
select shard, id, shop_id, name, region_code, priority, is_open from inventory.warehouses;
grant select on inventory.public_warehouses to weiji_app;

-- Shelves are {warehouse: [on hand, held, sold, is open]}. What is free where it is closed is shut.
create function inventory.is_sum_of(shelves jsonb, on_hand bigint, held bigint, sold bigint, shut bigint) returns boolean
language sql immutable parallel safe
return (
  select sum((s.value ->> 0)::bigint) = is_sum_of.on_hand
    and sum((s.value ->> 1)::bigint) = is_sum_of.held
    and sum((s.value ->> 2)::bigint) = is_sum_of.sold
    and sum(case when (s.value ->> 3)::boolean then 0 else (s.value ->> 0)::bigint - (s.value ->> 1)::bigint end)
      = is_sum_of.shut
    and bool_and(0 <= (s.value ->> 1)::bigint and (s.value ->> 1)::bigint <= (s.value ->> 0)::bigint
      and 0 <= (s.value ->> 2)::bigint)
  from jsonb_each(is_sum_of.shelves) s
);

alter table inventory.stock
  add column shut bigint not null default 0,
  add column shelves jsonb,
  add constraint stock_is_the_sum_of_its_shelves
    check ((shelves is null and shut = 0) or (shelves is not null and inventory.is_sum_of(shelves, on_hand, held, sold, shut)));
create index stock_of_a_shop on inventory.stock (shop_id, sku_id);

create or replace view inventory.public_stock as
select shard, sku_id, shop_id, on_hand, held, on_hand - held - shut as available, sold, is_keyed,
  shelves from inventory.stock;

-- Where the units of an order lie, or lay: only of SKUs that lie in several warehouses.
create table inventory.holds (
  shard smallint not null,
  order_id uuid not null,
  sku_id uuid not null,
  warehouse_id uuid not null,
  held bigint not null constraint holds_held_is_not_negative check (held >= 0),
  taken bigint not null constraint holds_taken_is_not_negative check (taken >= 0),
  primary key (order_id, sku_id, warehouse_id, shard),
  constraint holds_live_in_the_shard_of_the_sku check (shard = kit.shard_of(sku_id))
) with (fillfactor = 80);
grant select, insert, update on inventory.holds to weiji_app;

create view inventory.public_holds as
select shard, order_id, sku_id, warehouse_id, held, taken from inventory.holds;
grant select on inventory.public_holds to weiji_app;

-- The journal: what people changed, one row for each warehouse. Orders tell themselves what they moved.
create table inventory.changes (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  sku_id uuid not null,
  warehouse_id uuid not null,
  units bigint not null constraint changes_change_something check (units <> 0),
  on_hand bigint not null constraint changes_on_hand_is_not_negative check (on_hand >= 0),
  reason text not null constraint changes_reason_is_known check (reason in
    ('set', 'moved', 'received', 'counted', 'damaged', 'lost', 'found', 'returned', 'other')),
  note text not null default '' constraint changes_note_length check (length(note) <= 200),
  actor_kind text not null,
  actor_id uuid,
  at timestamptz not null,
  primary key (id, shard),
  constraint changes_live_in_the_shard_of_the_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create index changes_of_a_shop on inventory.changes (shop_id, at desc, id desc);
create index changes_of_a_sku on inventory.changes (sku_id, at desc, id desc);
grant select, insert on inventory.changes to weiji_app;

create view inventory.public_changes as
select shard, id, shop_id, sku_id, warehouse_id, units, on_hand, reason, note, actor_kind, actor_id, at
from inventory.changes;
grant select on inventory.public_changes to weiji_app;

alter table orders.parcels add column warehouse_id uuid;
