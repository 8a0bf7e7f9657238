-- Stock: one row for each SKU, in the shard of its shop.
create schema inventory;
grant usage on schema inventory to weiji_app;

-- Half of a page stays free, and nothing but the key is indexed: a hot row is rewritten in place.
create table inventory.stock (
  shard smallint not null,
  sku_id uuid not null,
  shop_id uuid not null,
  on_hand bigint not null default 0 constraint stock_on_hand_range check (on_hand <= 1000000000),
  held bigint not null default 0,
  sold bigint not null default 0 constraint stock_sold_is_not_negative check (sold >= 0),
  primary key (sku_id, shard),
  constraint stock_not_oversold check (0 <= held and held <= on_hand),
  constraint stock_lives_in_the_shard_of_its_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(sku_id))
) with (fillfactor = 50);
grant select, insert, update on inventory.stock to weiji_app;

create view inventory.public_stock as
select shard, sku_id, shop_id, on_hand, held, on_hand - held as available, sold from inventory.stock;
grant select on inventory.public_stock to weiji_app;
