-- How shops' pages look. Everything lies in the shard of its shop.
create schema storefronts;
grant usage on schema storefronts to weiji_app;

-- One design for each shop: the draft, and what buyers see. `shelves` is what is read of the goods for it.
create table storefronts.designs (
  shard smallint not null,
  shop_id uuid not null,
  draft jsonb,
  version integer not null default 0 constraint designs_version_is_not_negative check (version >= 0),
  published jsonb,
  number integer not null default 0 constraint designs_number_is_not_negative check (number >= 0),
  published_from integer not null default 0,
  published_at timestamptz,
  shelves jsonb,
  primary key (shop_id, shard),
  constraint designs_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint designs_begin_with_a_draft check ((draft is null) = (version = 0)),
  constraint designs_are_published_from_a_draft check (published_from between 0 and version),
  constraint designs_say_when_they_were_published check (
    (number = 0) = (published is null) and (number = 0) = (published_at is null) and (number = 0) = (shelves is null))
) with (fillfactor = 70);
grant select, insert, update on storefronts.designs to weiji_app;

-- What was published before, the last ones of each shop. A version is written once.
create table storefronts.versions (
  shard smallint not null,
  shop_id uuid not null,
  number integer not null constraint versions_are_counted_from_one check (number > 0),
  design jsonb not null,
  published_at timestamptz not null,
  person_id uuid,
  primary key (shop_id, number, shard),
  constraint versions_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
);
grant select, insert, delete on storefronts.versions to weiji_app;

-- A shop's page sorts its own goods, whatever others have: each order has an index that begins with the shop.
create index products_of_shop_newest on catalog.products (shop_id, listed_at desc, id desc) where status = 'listed';
create index products_of_shop_best_sold on catalog.products (shop_id, sold desc, id desc) where status = 'listed';
create index products_of_shop_by_price on catalog.products (shop_id, price_min, id) where status = 'listed';
