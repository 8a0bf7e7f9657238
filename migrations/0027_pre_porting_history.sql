-- What a shop brings along of its life elsewhere; how much its files come to; and categories in the index of the search.

-- Orders, movements of money, prices and customers of elsewhere: to be read, and taken along again. Nothing here is money.
create table porting.history (
  shard smallint not null,
  shop_id uuid not null,
  kind text not null constraint history_kind_is_known check (kind in ('order', 'movement', 'price', 'customer')),
  -- What it was called where it happened.
  id uuid not null,
  happened_at timestamptz not null,
  run_id uuid not null,
  -- As it stands in the archive; orders have addresses in them.
  sealed bytea not null constraint history_size_limit check (length(sealed) <= 70000),
  primary key (shop_id, kind, id, shard),
  constraint history_lives_in_the_shard_of_its_shop check (shard = kit.shard_of(shop_id))
);
create index history_by_time on porting.history (shop_id, kind, happened_at desc, id desc);
create index history_of_run on porting.history (run_id);
grant select, insert, delete on porting.history to weiji_app;

alter table porting.runs
  add column history integer not null default 0 constraint runs_history_is_not_negative check (history >= 0),
  -- What the run gave the shop's profile, so that undoing takes it back.
  add column profile jsonb;

-- What the uploaded files of a shop came to when the last part was added. Whoever adds one holds the row: without it, two
-- at the same moment would both find room.
create table porting.shops (
  shard smallint not null,
  shop_id uuid not null,
  bytes bigint not null default 0 constraint files_within_quota check (bytes between 0 and 2147483648),
  primary key (shop_id, shard),
  constraint shops_live_in_their_shard check (shard = kit.shard_of(shop_id))
);
grant select, insert, update on porting.shops to weiji_app;

alter table search.products
  -- The product's category, and those that it lies in; what is said of it, as `key=value`.
  add column categories uuid[] not null default '{}',
  add column attributes text[] not null default '{}',
  -- How the row was made: those of an earlier program are made anew.
  add column version smallint not null default 1;
