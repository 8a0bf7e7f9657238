-- Parcels that are followed: how far each is, what its carrier told of it, and when it is asked again.
create schema carriers;
grant usage on schema carriers to weiji_app;

create table carriers.parcels (
  shard smallint not null,
  id uuid not null,
  order_id uuid not null,
  shop_id uuid not null,
  carrier text,
  tracking_number text not null constraint parcels_number_length check (length(tracking_number) between 1 and 40),
  phone_end text not null default '' constraint parcels_phone_end check (phone_end ~ '^[0-9]{0,4}$'),
  region text not null default '',
  state text not null default 'announced' constraint parcels_state_is_known check (state in (
    'announced', 'collected', 'in_transit', 'delivering', 'delivered', 'problem', 'returning', 'returned')),
  shipped_at timestamptz not null,
  delivered_at timestamptz,
  told_at timestamptz,
  poll_at timestamptz,
  subscribed_at timestamptz,
  failures smallint not null default 0 constraint parcels_failures_range check (failures >= 0),
  primary key (id, shard),
  constraint parcels_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint parcels_delivered_at_some_time check (state <> 'delivered' or delivered_at is not null),
  constraint parcels_asked_of_have_a_carrier check (poll_at is null or carrier is not null)
) with (fillfactor = 80);
create index parcels_to_poll on carriers.parcels (poll_at) where poll_at is not null;
create index parcels_by_number on carriers.parcels (tracking_number);
create index parcels_by_time on carriers.parcels (shipped_at desc);
grant select, insert, update (state, delivered_at, told_at, poll_at, subscribed_at, failures) on carriers.parcels to weiji_app;

create table carriers.events (
  shard smallint not null,
  parcel_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  state text,
  place text not null constraint events_place_length check (length(place) <= 100),
  text text not null constraint events_text_length check (length(text) between 1 and 500),
  primary key (parcel_id, id, shard),
  constraint events_live_in_the_shard_of_their_parcel check (shard = kit.shard_of(parcel_id))
);
grant select, insert on carriers.events to weiji_app;

create view carriers.public_parcels as
select shard, id, order_id, shop_id, carrier, tracking_number, state, shipped_at, delivered_at, told_at from carriers.parcels;
grant select on carriers.public_parcels to weiji_app;

create view carriers.public_events as
select shard, parcel_id, id, at, state, place, text from carriers.events;
grant select on carriers.public_events to weiji_app;

-- When a parcel arrived, as far as its carrier says so.
alter table orders.parcels add column delivered_at timestamptz;
grant update (delivered_at) on orders.parcels to weiji_app;

-- What is new is followed from here on: parcels are written as time goes by, so a few numbers for many pages are enough, and
-- sending one costs nothing more.
create index parcels_by_time on orders.parcels using brin (shipped_at) with (autosummarize = on, pages_per_range = 16);

-- Whether a shop has used a number before.
create index parcels_by_number on orders.parcels (tracking_number);
