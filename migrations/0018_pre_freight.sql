-- Where things go, by the codes of regions (GB/T 2260). An address from before, or from abroad, has none.
alter table identity.addresses
  add column region_code text not null default ''
    constraint addresses_region_code_form check (region_code = '' or region_code ~ '^[1-9][0-9]{5}$'),
  add column tag text not null default ''
    constraint addresses_tag_is_known check (tag in ('', 'home', 'work', 'other_person'));
grant update (region_code, tag) on identity.addresses to weiji_app;

-- What it costs to send goods, by region: templates of shops, and which product has which.
create schema freight;
grant usage on schema freight to weiji_app;

-- A row for each shop that ever had a template: whoever changes them locks it, so that two defaults never meet.
create table freight.shops (
  shard smallint not null,
  shop_id uuid not null,
  primary key (shop_id, shard)
);
grant select, insert, update on freight.shops to weiji_app;

create table freight.templates (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  name text not null constraint templates_name_length check (length(name) between 1 and 40),
  method text not null constraint templates_method_is_known check (method in ('piece', 'weight')),
  zones jsonb not null constraint templates_zones_range check (jsonb_array_length(zones) between 1 and 40),
  excluded text[] not null constraint templates_excluded_limit check (cardinality(excluded) <= 500),
  is_default boolean not null,
  updated_at timestamptz not null,
  primary key (id, shard),
  constraint templates_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create index templates_of_a_shop on freight.templates (shop_id);
create unique index templates_one_is_default on freight.templates (shop_id, shard) where is_default;
grant select, insert, update, delete on freight.templates to weiji_app;

-- Products that do not go by the default of their shop. No template: they are sent for nothing.
create table freight.products (
  shard smallint not null,
  product_id uuid not null,
  shop_id uuid not null,
  template_id uuid,
  primary key (product_id, shop_id, shard),
  constraint products_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(product_id))
);
create index products_of_a_template on freight.products (template_id) where template_id is not null;
grant select, insert, update, delete on freight.products to weiji_app;

create view freight.public_products as select shard, product_id, shop_id, template_id from freight.products;
create view freight.public_templates as
  select shard, id, shop_id, name, method, zones, excluded, is_default from freight.templates;
grant select on freight.public_products, freight.public_templates to weiji_app;

-- Why the freight of an order is what it is: what each template charged.
alter table orders.orders add column freight_reasons jsonb not null default '[]';
