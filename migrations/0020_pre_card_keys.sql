-- Goods that are handed out as card keys instead of being sent; and goods that are sold before they are there.

alter table catalog.products
  add column delivery text not null default 'physical' constraint products_delivery_is_known check (delivery in ('physical', 'virtual')),
  add column presale jsonb constraint products_presale_is_whole check (presale ?& array['ends_at', 'ships_at']);

create or replace view catalog.public_products as
select shard, id, shop_id, title, kind, tags, pictures, status, price_min, price_max, sold, listed_at, delivery, presale
from catalog.products;

create or replace view catalog.public_skus as
select k.shard, k.id, k.product_id, k.shop_id, p.title, p.kind, p.options, k.code, k.choices, k.price, k.compare_at,
  k.weight_grams, coalesce(k.picture, p.pictures -> 0 ->> 'url') as picture,
  p.status = 'listed' and k.status = 'listed' as is_listed, p.delivery, p.presale
from catalog.skus k join catalog.products p on p.shard = k.shard and p.id = k.product_id;

-- Whose units are card keys is counted by them.
alter table inventory.stock add column is_keyed boolean not null default false;
create or replace view inventory.public_stock as
select shard, sku_id, shop_id, on_hand, held, on_hand - held as available, sold, is_keyed from inventory.stock;

create schema card_keys;
grant usage on schema card_keys to weiji_app;

-- Keys are sealed. Of two that are equal one is refused, without anybody reading them: that is what the index is for.
create table card_keys.keys (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  sku_id uuid not null,
  sealed bytea not null,
  tail text not null constraint keys_tail_length check (length(tail) <= 4),
  blind_index bytea not null constraint keys_blind_index_length check (length(blind_index) = 32),
  stored_at timestamptz not null,
  order_id uuid,
  line smallint,
  handed_out_at timestamptz,
  primary key (id, shard),
  constraint keys_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint keys_are_handed_out_whole check (num_nulls(order_id, line, handed_out_at) in (0, 3))
);
create unique index keys_are_stored_once on card_keys.keys (shop_id, blind_index, shard);
create index keys_in_store on card_keys.keys (sku_id, stored_at, id) where order_id is null;
create index keys_of_sku on card_keys.keys (sku_id, stored_at desc, id desc);
create index keys_of_order on card_keys.keys (order_id) where order_id is not null;
grant select, insert, delete, update (order_id, line, handed_out_at) on card_keys.keys to weiji_app;

-- What is handed out needs no address; and once a buyer has seen a key, it can't come back.
alter table orders.orders
  add column delivery text not null default 'physical' constraint orders_delivery_is_known check (delivery in ('physical', 'virtual')),
  add column keys_shown_at timestamptz,
  add column ships_at timestamptz,
  alter column address drop not null,
  add constraint orders_sent_have_an_address check (delivery = 'virtual' or address is not null),
  add constraint orders_handed_out_whole check (delivery = 'physical' or state <> 'part_shipped'),
  add constraint orders_shown_keys_are_kept check (keys_shown_at is null or (delivery = 'virtual' and state in ('shipped', 'received', 'completed')));
