-- What files call kinds of goods, and which category a shop says that is.

-- What a shop said of a label; without a category, that its goods have none.
create table porting.labels (
  shard smallint not null,
  shop_id uuid not null,
  label text not null constraint labels_label_length check (length(label) between 1 and 200),
  category_id uuid,
  primary key (shop_id, label, shard),
  constraint labels_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
);
grant select, insert, update, delete on porting.labels to weiji_app;

-- A form that offers categories needs to know which are retired, and their order.
create or replace view catalog.public_categories as
  select id, parent_id, name, name_en, position, is_retired from catalog.categories;

alter table porting.lines
  -- What the file calls the kind of the product, and the category that it has, or is to have.
  add column label text not null default '' constraint lines_label_length check (length(label) <= 200),
  add column category_id uuid;
