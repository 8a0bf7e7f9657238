-- A shop is told once when a SKU runs low: a notice, open as long as it is. There is one open notice of a SKU at most, so nobody
-- is told twice of the same.

create table catalog.stock_notices (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  product_id uuid not null,
  sku_id uuid not null,
  available bigint not null,
  low_stock integer not null,
  noticed_at timestamptz not null,
  ended_at timestamptz,
  primary key (id, shard),
  constraint stock_notices_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint stock_notices_are_of_what_is_low check (available <= low_stock),
  constraint stock_notices_end_after_they_began check (ended_at >= noticed_at)
) with (fillfactor = 90);
create unique index stock_notices_one_is_open on catalog.stock_notices (sku_id, shard) where ended_at is null;
create index stock_notices_of_shop on catalog.stock_notices (shop_id, noticed_at desc, id desc);
create index stock_notices_ended on catalog.stock_notices (ended_at) where ended_at is not null;
grant select, insert, delete on catalog.stock_notices to weiji_app;
grant update (ended_at) on catalog.stock_notices to weiji_app;
