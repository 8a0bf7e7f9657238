-- pre: What a shop's orders wait for is counted from the oldest that is not over, not from the first it ever had.

-- All orders of the shop that were placed before `open_from` are over. An index of open orders would tell as much, but each
-- order would leave its page when it is settled: ten times the WAL of that step.
create table orders.horizons (
  shard smallint not null,
  shop_id uuid not null,
  open_from timestamptz not null,
  primary key (shop_id, shard),
  constraint horizons_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
);
grant select, insert on orders.horizons to weiji_app;
grant update (open_from) on orders.horizons to weiji_app;
