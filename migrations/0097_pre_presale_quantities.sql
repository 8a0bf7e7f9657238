-- A presale may take orders for some of the goods only. So many units of a SKU may be held and sold in all until it ends:
-- those that were when the presale was said, and its quantity.
alter table inventory.stock
  add column cap bigint,
  add column cap_from bigint,
  add column cap_until timestamptz,
  add constraint stock_cap_is_whole check ((cap is null) = (cap_from is null) and (cap is null) = (cap_until is null)),
  add constraint stock_within_cap check (held + sold <= cap);
create index stock_capped on inventory.stock (cap_until) where cap_until is not null;

create or replace view inventory.public_stock as
select shard, sku_id, shop_id, on_hand, held, least(on_hand - held - shut, cap - held - sold) as available, sold, is_keyed,
  shelves from inventory.stock;
