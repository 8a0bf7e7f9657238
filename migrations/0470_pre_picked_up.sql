-- pre: Places where shops hand goods over; orders whose goods are picked up there; the codes by which they are handed over, sealed,
-- and found by a keyed hash; and how often wrong codes were entered.
create table freight.places (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  name text not null,
  address text not null,
  hours text not null,
  phone text not null,
  is_open boolean not null,
  changed_at timestamptz not null,
  primary key (id, shard),
  constraint places_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint places_name_length check (length(name) between 1 and 40),
  constraint places_address_length check (length(address) between 1 and 120),
  constraint places_hours_length check (length(hours) <= 80),
  constraint places_phone_length check (length(phone) <= 32)
);
create index places_of_a_shop on freight.places (shop_id);
create view freight.public_places as
  select shard, id, shop_id, name, address, hours, phone from freight.places where is_open;
grant select, insert on freight.places to weiji_app;
grant update (name, address, hours, phone, is_open, changed_at) on freight.places to weiji_app;
grant select on freight.public_places to weiji_app;

alter table orders.orders add column pickup jsonb;
alter table orders.orders add constraint orders_picked_up_are_not_sent check (
  pickup is null or (delivery = 'physical' and freight = 0 and state not in ('part_shipped', 'shipped'))) not valid;

create table orders.pickup_codes (
  shard smallint not null,
  order_id uuid not null,
  shop_id uuid not null,
  blind_index bytea not null,
  sealed bytea not null,
  made_at timestamptz not null,
  primary key (order_id, shard),
  constraint pickup_codes_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id)),
  constraint pickup_codes_blind_index_length check (length(blind_index) = 32)
);
create unique index pickup_codes_are_of_one_order on orders.pickup_codes (shop_id, blind_index, shard);
grant select, insert on orders.pickup_codes to weiji_app;

create table orders.pickup_tries (
  shard smallint not null,
  shop_id uuid not null,
  wrong smallint not null,
  since timestamptz not null,
  primary key (shop_id, shard),
  constraint pickup_tries_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint pickup_tries_are_counted check (wrong >= 0)
);
grant select, insert on orders.pickup_tries to weiji_app;
grant update (wrong, since) on orders.pickup_tries to weiji_app;
