-- Goods brought in from files, and everything taken out, in the shard of their shop.
create schema porting;
grant usage on schema porting to weiji_app;

-- A file is its parts, sealed: uploaded for a run, or made for an export, whose id it has.
create table porting.parts (
  shard smallint not null,
  file_id uuid not null,
  number integer not null constraint parts_number_is_not_negative check (number >= 0),
  shop_id uuid not null,
  size integer not null constraint parts_size_range check (size between 1 and 1048576),
  sealed bytea not null,
  due_at timestamptz not null,
  primary key (file_id, number, shard),
  constraint parts_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(file_id))
);
create index parts_of_shop on porting.parts (shop_id);
create index parts_due on porting.parts (due_at);
grant select, insert, delete on porting.parts to weiji_app;

create table porting.runs (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  name text not null constraint runs_name_length check (length(name) between 1 and 255),
  size bigint not null constraint runs_size_is_positive check (size > 0),
  source text not null constraint runs_source_length check (length(source) <= 40),
  state text not null constraint runs_state_is_known
    check (state in ('checking', 'checked', 'refused', 'importing', 'imported', 'undoing', 'undone')),
  actor jsonb not null,
  -- Why the whole file was refused.
  problem jsonb,
  -- Items of the file that this state has dealt with; lines are numbered so.
  done integer not null constraint runs_done_is_not_negative check (done >= 0),
  items integer not null constraint runs_items_is_not_negative check (items >= 0),
  rows integer not null constraint runs_rows_is_not_negative check (rows >= 0),
  made integer not null,
  changed integer not null,
  same integer not null,
  refused integer not null,
  warned integer not null,
  undone integer not null,
  kept integer not null,
  created_at timestamptz not null,
  checked_at timestamptz,
  confirmed_at timestamptz,
  imported_at timestamptz,
  undone_at timestamptz,
  touched_at timestamptz not null,
  primary key (id, shard),
  constraint runs_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create index runs_of_shop on porting.runs (shop_id, created_at desc, id desc);
create index runs_under_way on porting.runs (touched_at) where state in ('checking', 'importing', 'undoing');
grant select, insert, update on porting.runs to weiji_app;

-- What became of each item of a run's file: a product, or lines that give none.
create table porting.lines (
  shard smallint not null,
  run_id uuid not null,
  number integer not null,
  line integer not null,
  rows integer not null constraint lines_rows_is_not_negative check (rows >= 0),
  handle text not null constraint lines_handle_length check (length(handle) <= 255),
  title text not null constraint lines_title_length check (length(title) <= 255),
  outcome text not null constraint lines_outcome_is_known check (outcome in ('new', 'changed', 'same', 'refused')),
  problems jsonb not null,
  product_id uuid,
  -- The product's version after the run, and what it was before: for undoing.
  version integer,
  before jsonb,
  undoing text constraint lines_undoing_is_known
    check (undoing in ('withdrawn', 'put_back', 'edited_since', 'not_listed', 'gone')),
  primary key (run_id, number, shard)
);
create index lines_of_outcome on porting.lines (run_id, outcome, number);
create index lines_withdrawn on porting.lines (product_id) where undoing = 'withdrawn';
grant select, insert, update on porting.lines to weiji_app;

-- What a merchant calls the numbers of a format: `pid`, `pid:vid`.
create table porting.names (
  shard smallint not null,
  shop_id uuid not null,
  key text not null constraint names_key_length check (length(key) between 1 and 60),
  name text not null constraint names_name_length check (length(name) between 1 and 200),
  primary key (shop_id, key, shard),
  constraint names_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
);
grant select, insert, update on porting.names to weiji_app;

create table porting.exports (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  contents text not null constraint exports_contents_are_known
    check (contents in ('shopify', 'woocommerce', 'google', 'orders', 'statements', 'archive')),
  state text not null constraint exports_state_is_known check (state in ('making', 'ready', 'failed')),
  actor jsonb not null,
  items integer not null constraint exports_items_is_not_negative check (items >= 0),
  size bigint not null constraint exports_size_is_not_negative check (size >= 0),
  created_at timestamptz not null,
  ready_at timestamptz,
  due_at timestamptz not null,
  touched_at timestamptz not null,
  primary key (id, shard),
  constraint exports_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create index exports_of_shop on porting.exports (shop_id, created_at desc, id desc);
create index exports_under_way on porting.exports (touched_at) where state = 'making';
grant select, insert, update on porting.exports to weiji_app;
