-- Products and their SKUs, in the shard of their shop.
create schema catalog;
grant usage on schema catalog to weiji_app;

create table catalog.products (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  handle text not null constraint products_handle_length check (length(handle) between 1 and 255),
  title text not null constraint products_title_length check (length(title) between 1 and 255),
  description_html text not null constraint products_description_length check (length(description_html) <= 100000),
  vendor text not null constraint products_vendor_length check (length(vendor) <= 200),
  kind text not null constraint products_kind_length check (length(kind) <= 200),
  tags text[] not null constraint products_tags_limit check (cardinality(tags) <= 250),
  options jsonb not null constraint products_options_limit check (jsonb_array_length(options) <= 3),
  pictures jsonb not null constraint products_pictures_limit check (jsonb_array_length(pictures) <= 250),
  status text not null constraint products_status_is_known check (status in ('draft', 'listed', 'withdrawn')),
  extra jsonb not null constraint products_extra_length check (length(extra::text) <= 200000),
  price_min bigint not null,
  price_max bigint not null,
  -- What the stock has sold, counted by a job: a figure to sort by and to show.
  sold bigint not null default 0 constraint products_sold_is_not_negative check (sold >= 0),
  content_hash bytea not null constraint products_content_hash_length check (length(content_hash) = 32),
  version integer not null constraint products_version_is_positive check (version > 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  listed_at timestamptz,
  primary key (id, shard),
  constraint products_handle_is_the_shops_only unique (shop_id, handle, shard),
  constraint products_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint products_price_range_is_ordered check (price_min between 0 and price_max),
  constraint products_listed_have_a_time check (status <> 'listed' or listed_at is not null)
) with (fillfactor = 80);
create index products_newest on catalog.products (listed_at desc, id desc) where status = 'listed';
create index products_best_sold on catalog.products (sold desc, id desc) where status = 'listed';
create index products_of_shop on catalog.products (shop_id, created_at desc, id desc);
grant select, insert, update on catalog.products to weiji_app;

-- A SKU that its product no longer has stays, withdrawn: orders tell of it.
create table catalog.skus (
  shard smallint not null,
  id uuid not null,
  product_id uuid not null,
  shop_id uuid not null,
  code text not null constraint skus_code_length check (length(code) <= 100),
  barcode text not null constraint skus_barcode_length check (length(barcode) <= 100),
  choices text[] not null constraint skus_choices_limit check (cardinality(choices) <= 3),
  price bigint not null constraint skus_price_range check (price between 0 and 1000000000000),
  compare_at bigint constraint skus_compare_at_range check (compare_at between 0 and 1000000000000),
  weight_grams integer not null constraint skus_weight_range check (weight_grams between 0 and 100000000),
  picture text constraint skus_picture_length check (length(picture) <= 2000),
  position smallint not null,
  status text not null constraint skus_status_is_known check (status in ('listed', 'withdrawn')),
  primary key (id, shard),
  constraint skus_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create index skus_of_product on catalog.skus (product_id, position);
-- Saving a product first withdraws its SKUs and then lists those it has, so that choices may be swapped between two.
create unique index skus_choices_are_the_products_only on catalog.skus (product_id, choices, shard)
  where status = 'listed';
grant select, insert, update on catalog.skus to weiji_app;

create view catalog.public_products as
select shard, id, shop_id, title, kind, tags, pictures, status, price_min, price_max, sold, listed_at
from catalog.products;
grant select on catalog.public_products to weiji_app;

create view catalog.public_skus as
select k.shard, k.id, k.product_id, k.shop_id, p.title, p.kind, p.options, k.code, k.choices, k.price, k.compare_at,
  k.weight_grams, coalesce(k.picture, p.pictures -> 0 ->> 'url') as picture,
  p.status = 'listed' and k.status = 'listed' as is_listed
from catalog.skus k join catalog.products p on p.shard = k.shard and p.id = k.product_id;
grant select on catalog.public_skus to weiji_app;
