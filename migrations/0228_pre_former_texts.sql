-- What a product said until a save changed it, so that it can be told what its buyers read when they ordered it.
create table catalog.former_texts (
  shard smallint not null,
  product_id uuid not null,
  version integer not null,
  title text not null,
  description_html text not null constraint former_texts_description_length check (length(description_html) <= 100000),
  attributes jsonb not null,
  pictures jsonb not null,
  until_at timestamptz not null,
  primary key (product_id, version, shard),
  constraint former_texts_live_in_the_shard_of_their_product check (shard = kit.shard_of(product_id))
);
create index former_texts_of_product on catalog.former_texts (product_id, until_at);
create index former_texts_by_time on catalog.former_texts (until_at);
grant select, insert, delete on catalog.former_texts to weiji_app;
