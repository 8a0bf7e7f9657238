-- The search of goods: an index of what can be bought, in the shard of its shop, and the words that people search.
create schema search;
grant usage on schema search to weiji_app;

-- A row for each listed product of an open shop. It repeats what the catalog says, and may lag behind it by moments:
-- what is shown is joined with the catalog's own.
create table search.products (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  shop_handle text not null,
  kind text not null constraint products_kind_length check (length(kind) <= 200),
  -- Folded: one space before each word, between it and the next, and at the end.
  title text not null constraint products_title_length check (length(title) <= 2000),
  text text not null constraint products_text_length check (length(text) <= 50000),
  -- Stripped: without positions it is a third smaller, and `text` says whether words stand together.
  terms tsvector not null,
  price_min bigint not null,
  sold bigint not null,
  is_in_stock boolean not null,
  -- How much it is bought and how new it is, in millionths: what is relevant where words do not decide.
  popularity bigint not null,
  listed_at timestamptz not null,
  primary key (id, shard),
  constraint products_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
) with (fillfactor = 90, toast_tuple_target = 1024);
-- What is looked through one row after another must not drag the terms along, and has to have the text at hand.
alter table search.products alter column text set storage main;
create index products_terms on search.products using gin (terms);
create index products_popular on search.products (popularity desc, id desc);
create index products_best_sold on search.products (sold desc, id desc);
create index products_newest on search.products (listed_at desc, id desc);
create index products_by_price on search.products (price_min, id);
grant select, insert, update, delete on search.products to weiji_app;

-- How many visitors searched a word on a day. Who they were is not kept: each sets one of 4,096 bits, chosen by a keyed
-- hash that is another one every day, so that a visitor who searches again changes nothing.
create table search.words (
  shard smallint not null,
  word text collate "C" not null constraint words_length check (length(word) between 2 and 30),
  day date not null,
  bits bytea not null constraint words_bits_length check (length(bits) = 512),
  visitors integer not null constraint words_are_searched check (visitors > 0),
  primary key (word, day, shard)
);
create index words_hot on search.words (visitors desc, word) where visitors >= 3;
create index words_of_day on search.words (day) include (shard);
grant select, insert, update, delete on search.words to weiji_app;

create table search.hidden_words (
  shard smallint not null,
  word text collate "C" not null constraint hidden_words_length check (length(word) between 1 and 100),
  hidden_at timestamptz not null,
  primary key (word, shard)
);
grant select, insert, update, delete on search.hidden_words to weiji_app;
