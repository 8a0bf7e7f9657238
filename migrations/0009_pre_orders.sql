-- Carts, orders, parcels, and the operator's rules of trade.
create schema orders;
grant usage on schema orders to weiji_app;

-- The rules in force are those of the latest version whose time has come; an order keeps those it was placed under.
create table orders.rules (
  version integer primary key constraint rules_versions_count_up check (version > 0),
  effective_at timestamptz not null,
  rules jsonb not null,
  author_id uuid,
  reason text not null constraint rules_reason_length check (length(reason) between 1 and 500),
  created_at timestamptz not null,
  constraint rules_never_reach_back check (effective_at >= created_at or version = 1)
);
grant select, insert on orders.rules to weiji_app;

create table orders.cart_lines (
  shard smallint not null,
  person_id uuid not null,
  sku_id uuid not null,
  quantity integer not null constraint cart_lines_quantity_range check (quantity between 1 and 999),
  put_at timestamptz not null,
  primary key (person_id, sku_id, shard)
);
grant select, insert, update, delete on orders.cart_lines to weiji_app;

create table orders.orders (
  shard smallint not null,
  id uuid not null,
  number text not null,
  shop_id uuid not null,
  shop_name text not null,
  buyer_id uuid not null,
  buyer_name text not null,
  state text not null constraint orders_state_is_known check (state in
    ('created', 'paid', 'part_shipped', 'shipped', 'received', 'completed', 'closed', 'refunded')),
  goods bigint not null constraint orders_goods_range check (goods >= 0),
  freight bigint not null constraint orders_freight_range check (freight >= 0),
  total bigint not null constraint orders_total_range check (total between 0 and 9007199254740991),
  fee bigint not null constraint orders_fee_within_total check (fee between 0 and total),
  rules_version integer not null,
  address jsonb not null,
  note text not null constraint orders_note_length check (length(note) <= 500),
  units integer not null,
  units_shipped integer not null default 0,
  due_at timestamptz,
  prolonged smallint not null default 0,
  payment_id uuid,
  channel text,
  refund_id uuid,
  refund_asked_at timestamptz,
  refund_reason text,
  placed_at timestamptz not null,
  paid_at timestamptz,
  shipped_at timestamptz,
  received_at timestamptz,
  settled_at timestamptz,
  closed_at timestamptz,
  refunded_at timestamptz,
  primary key (id, shard),
  constraint orders_total_is_the_sum check (total = goods + freight),
  constraint orders_paid_have_a_payment check (state in ('created', 'closed') or (payment_id is not null and paid_at is not null)),
  constraint orders_shipped_are_whole check (units_shipped between 0 and units
    and (state <> 'shipped' or units_shipped = units)
    and (state not in ('part_shipped', 'received', 'completed') or units_shipped > 0)),
  constraint orders_refunded_have_a_refund check (state <> 'refunded' or refund_id is not null)
) with (fillfactor = 50);
create index orders_of_a_buyer on orders.orders (buyer_id, placed_at desc, id desc);
create index orders_of_a_shop on orders.orders (shop_id, placed_at desc, id desc);
grant select, insert, update on orders.orders to weiji_app;

-- When the clock acts next, beside the order: so that nothing indexed changes in the order's own, wide row, and every
-- new version of it stays on its page.
create table orders.deadlines (
  shard smallint not null,
  order_id uuid not null,
  due_at timestamptz not null,
  primary key (order_id, shard)
) with (fillfactor = 50);
create index deadlines_due on orders.deadlines (due_at);
grant select, insert, update, delete on orders.deadlines to weiji_app;

create table orders.lines (
  shard smallint not null,
  order_id uuid not null,
  line smallint not null,
  sku_id uuid not null,
  product_id uuid not null,
  title text not null,
  choices text[] not null,
  picture text,
  kind text not null,
  price bigint not null,
  quantity integer not null constraint lines_quantity_range check (quantity between 1 and 999),
  shipped integer not null default 0,
  amount bigint not null,
  reasons jsonb not null,
  shares jsonb not null,
  primary key (order_id, line, shard),
  constraint lines_amount_is_price_times_quantity check (amount = price * quantity),
  constraint lines_shipped_range check (shipped between 0 and quantity)
) with (fillfactor = 80);
grant select, insert, update (shipped) on orders.lines to weiji_app;

create table orders.parcels (
  shard smallint not null,
  order_id uuid not null,
  id uuid not null,
  carrier text not null constraint parcels_carrier_length check (length(carrier) between 1 and 40),
  tracking_number text not null constraint parcels_number_length check (length(tracking_number) between 1 and 40),
  lines jsonb not null,
  shipped_at timestamptz not null,
  primary key (order_id, id, shard)
);
grant select, insert on orders.parcels to weiji_app;

-- Payments that an order could not take. The event that brings one may come again, when the order could: it went back, and
-- is taken no more.
create table orders.rejections (
  shard smallint not null,
  order_id uuid not null,
  payment_id uuid not null,
  rejected_at timestamptz not null,
  primary key (order_id, payment_id, shard)
);
grant select, insert on orders.rejections to weiji_app;

insert into orders.rules (version, effective_at, rules, author_id, reason, created_at)
values (1, '1970-01-01T00:00:00Z', '{}', null, 'The defaults of the program.', '1970-01-01T00:00:00Z');
