-- What archives bring along besides: videos of products, and the files of invoices that were made out elsewhere.
alter table porting.lines add column video jsonb;

alter table porting.shops
  add column paper_bytes bigint not null default 0
    constraint papers_within_quota check (paper_bytes between 0 and 1073741824);

create table porting.papers (
  shard smallint not null,
  shop_id uuid not null,
  id uuid not null,
  run_id uuid not null,
  size integer not null constraint papers_size_range check (size between 1 and 2097152),
  sealed bytea not null,
  primary key (shop_id, id, shard),
  constraint papers_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
);
create index papers_of_run on porting.papers (run_id);
grant select, insert, delete on porting.papers to weiji_app;
