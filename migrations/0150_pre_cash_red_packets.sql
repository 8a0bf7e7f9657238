-- Red packets that merchants' programs send, and what the old XML calls for them need.
create view packets.public_packets as
  select shard, id, sender_id, amount, parts, greeting, state, taken, claimed, returned, created_at, expires_at, ended_at
  from packets.packets;
grant select on packets.public_packets to weiji_app;

create table wire.red_packets (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  mchid text not null,
  number text not null constraint red_packets_number_length check (length(number) between 1 and 32),
  batch_id uuid,
  appid text not null constraint red_packets_appid_length check (length(appid) between 1 and 32),
  openid text not null constraint red_packets_openid_length check (length(openid) between 1 and 128),
  terms jsonb not null,
  created_at timestamptz not null,
  primary key (id, shard),
  constraint red_packets_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create index red_packets_of_a_shop on wire.red_packets (shop_id, created_at desc, id desc);
grant select, insert on wire.red_packets to weiji_app;

alter table wire.merchants
  add column v2_key_sealed bytea,
  add column v2_key_set_at timestamptz,
  add column v2_addresses text[] not null default '{}'
    constraint merchants_v2_addresses_are_few check (cardinality(v2_addresses) <= 20),
  add constraint merchants_v2_key_has_a_time check ((v2_key_sealed is null) = (v2_key_set_at is null));
grant update (v2_key_sealed, v2_key_set_at, v2_addresses) on wire.merchants to weiji_app;
