-- Beside a live installation runs its twin, a sandbox. There, the tickets by which people came over: each is good once.
create schema twin;
grant usage on schema twin to weiji_app;

create table twin.tickets (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  person_id uuid not null,
  -- By the machine's clock, as it was where the ticket was written: a sandbox's own may be turned.
  expires_at timestamptz not null,
  primary key (id, shard),
  constraint tickets_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create index tickets_expires_at on twin.tickets (expires_at);
grant select, insert, delete on twin.tickets to weiji_app;
