-- pre: Which shops were reminded of what they have not shipped: of an order once. What was there keeps three days for card keys.
create table orders.ship_reminders (
  shard smallint not null,
  order_id uuid not null,
  reminded_at timestamptz not null,
  primary key (order_id, shard),
  constraint ship_reminders_live_in_the_shard_of_their_order check (shard = kit.shard_of(order_id))
);
grant select, insert on orders.ship_reminders to weiji_app;

update orders.rules set rules = rules || '{"virtual_confirm_days": 3}'
where not rules ? 'virtual_confirm_days' and (version > 1 or exists (select from shops.shops));
