-- Shops, and the registry of their handles.
create schema shops;
grant usage on schema shops to weiji_app;

create table shops.shops (
  shard smallint not null,
  id uuid not null,
  handle text not null,
  name text not null constraint shops_name_length check (length(name) between 1 and 60),
  story text not null constraint shops_story_length check (length(story) <= 2000),
  owner_id uuid not null,
  status text not null constraint shops_status_is_known check (status in ('open', 'closed')),
  colour text not null constraint shops_colour_is_hex check (colour ~ '^#[0-9a-f]{6}$'),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (id, shard),
  constraint shops_live_in_their_shard check (shard = kit.shard_of(id))
);
grant select, insert, update on shops.shops to weiji_app;

create table shops.shop_handles (
  handle text primary key constraint shop_handles_are_addresses check (handle ~ '^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$'),
  shop_id uuid not null
);
comment on table shops.shop_handles is 'Which shop has a handle. citus: distributed by handle';
grant select, insert on shops.shop_handles to weiji_app;

create view shops.public_shops as
select shard, id, handle, name, story, owner_id, status, colour, created_at from shops.shops;
grant select on shops.public_shops to weiji_app;
