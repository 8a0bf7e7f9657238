-- Categories with attributes; what prices were; and below how many a merchant wants to be told.

-- A small tree that all read: every node of a cluster has a copy of it.
create table catalog.categories (
  id uuid primary key,
  parent_id uuid,
  name text not null constraint categories_name_length check (length(name) between 1 and 60),
  name_en text not null constraint categories_name_en_length check (length(name_en) <= 60),
  position integer not null constraint categories_position_range check (position between 0 and 1000000),
  attributes jsonb not null constraint categories_attributes_limit check (jsonb_array_length(attributes) <= 30),
  is_retired boolean not null default false,
  updated_at timestamptz not null,
  constraint categories_are_not_their_own_parents check (parent_id <> id)
);
grant select, insert, update on catalog.categories to weiji_app;

-- A small tree for general use to begin with; the operator makes of it what fits.
insert into catalog.categories (id, parent_id, name, name_en, position, attributes, updated_at)
select md5('weiji category ' || name)::uuid, case when parent <> '' then md5('weiji category ' || parent)::uuid end, name,
  name_en, row_number() over () * 10, attributes::jsonb, '2026-01-01'
from (values
  ('服饰', '', 'Clothing', '[{"key": "material", "name": "材质", "name_en": "Material", "kind": "text", "choices": [], "unit": "", "is_required": false}, {"key": "season", "name": "季节", "name_en": "Season", "kind": "choice", "choices": ["四季", "春秋", "夏", "冬"], "unit": "", "is_required": false}]'),
  ('女装', '服饰', 'Women', '[]'),
  ('男装', '服饰', 'Men', '[]'),
  ('童装', '服饰', 'Children', '[{"key": "height", "name": "适合身高", "name_en": "Height", "kind": "number", "choices": [], "unit": "cm", "is_required": false}]'),
  ('鞋', '服饰', 'Shoes', '[]'),
  ('包与配饰', '服饰', 'Bags and accessories', '[]'),
  ('食品', '', 'Food', '[{"key": "net_weight", "name": "净含量", "name_en": "Net weight", "kind": "number", "choices": [], "unit": "g", "is_required": true}, {"key": "shelf_life", "name": "保质期", "name_en": "Shelf life", "kind": "number", "choices": [], "unit": "天", "is_required": true}, {"key": "origin", "name": "产地", "name_en": "Origin", "kind": "text", "choices": [], "unit": "", "is_required": false}]'),
  ('茶', '食品', 'Tea', '[{"key": "tea_kind", "name": "茶类", "name_en": "Kind of tea", "kind": "choice", "choices": ["绿茶", "白茶", "黄茶", "乌龙茶", "红茶", "黑茶", "花茶"], "unit": "", "is_required": false}]'),
  ('零食', '食品', 'Snacks', '[]'),
  ('生鲜', '食品', 'Fresh food', '[]'),
  ('粮油调味', '食品', 'Staples and seasonings', '[]'),
  ('家居', '', 'Home', '[{"key": "material", "name": "材质", "name_en": "Material", "kind": "text", "choices": [], "unit": "", "is_required": false}]'),
  ('厨房与餐具', '家居', 'Kitchen and tableware', '[{"key": "capacity", "name": "容量", "name_en": "Capacity", "kind": "number", "choices": [], "unit": "mL", "is_required": false}]'),
  ('家纺', '家居', 'Textiles', '[]'),
  ('灯具与摆件', '家居', 'Lamps and decoration', '[]'),
  ('家具', '家居', 'Furniture', '[]'),
  ('美妆个护', '', 'Beauty and care', '[{"key": "net_content", "name": "净含量", "name_en": "Net content", "kind": "number", "choices": [], "unit": "mL", "is_required": false}]'),
  ('数码电器', '', 'Electronics', '[{"key": "model", "name": "型号", "name_en": "Model", "kind": "text", "choices": [], "unit": "", "is_required": false}, {"key": "warranty", "name": "保修", "name_en": "Warranty", "kind": "number", "choices": [], "unit": "月", "is_required": false}]'),
  ('手机与配件', '数码电器', 'Phones and accessories', '[]'),
  ('家用电器', '数码电器', 'Home appliances', '[]'),
  ('母婴玩具', '', 'Babies and toys', '[]'),
  ('图书文具', '', 'Books and stationery', '[]'),
  ('图书', '图书文具', 'Books', '[{"key": "author", "name": "作者", "name_en": "Author", "kind": "text", "choices": [], "unit": "", "is_required": false}, {"key": "isbn", "name": "ISBN", "name_en": "ISBN", "kind": "text", "choices": [], "unit": "", "is_required": false}]'),
  ('文具', '图书文具', 'Stationery', '[]'),
  ('运动户外', '', 'Sports and outdoors', '[]'),
  ('花草园艺', '', 'Plants and gardening', '[]'),
  ('手作与艺术', '', 'Crafts and art', '[{"key": "maker", "name": "作者", "name_en": "Maker", "kind": "text", "choices": [], "unit": "", "is_required": false}]'),
  ('虚拟商品', '', 'Digital goods', '[]')
) as tree (name, parent, name_en, attributes);

alter table catalog.products
  add column category_id uuid,
  add column attributes jsonb not null default '{}'
    constraint products_attributes_length check (length(attributes::text) <= 20000);
create index products_of_category on catalog.products (category_id, listed_at desc, id desc)
  where status = 'listed' and category_id is not null;

alter table catalog.skus
  add column low_stock integer constraint skus_low_stock_range check (low_stock between 0 and 1000000000);
create index skus_watched on catalog.skus (shop_id) where low_stock is not null and status = 'listed';

-- What a SKU cost from when on: a row for each version of its product that changed it. Rows are only added.
create table catalog.price_changes (
  shard smallint not null,
  sku_id uuid not null,
  version integer not null,
  price bigint not null constraint price_changes_price_range check (price between 0 and 1000000000000),
  compare_at bigint,
  changed_at timestamptz not null,
  primary key (sku_id, version, shard),
  constraint price_changes_live_in_the_shard_of_their_sku check (shard = kit.shard_of(sku_id))
);
grant select, insert on catalog.price_changes to weiji_app;

insert into catalog.price_changes (shard, sku_id, version, price, compare_at, changed_at)
select k.shard, k.id, p.version, k.price, k.compare_at, p.updated_at
from catalog.skus k join catalog.products p on p.shard = k.shard and p.id = k.product_id;
