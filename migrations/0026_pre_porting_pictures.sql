-- Pictures that files of goods name: they lie in the package itself, or elsewhere, and are brought after the goods.
-- A row for each that was tried, so that it is brought once for a shop, however many files and goods name it.
create table porting.pictures (
  shard smallint not null,
  shop_id uuid not null,
  -- SHA-256 of the address: an address may be longer than an index takes.
  digest bytea not null constraint pictures_digest_length check (length(digest) = 32),
  source text not null constraint pictures_source_length check (length(source) between 1 and 2000),
  url text constraint pictures_url_length check (length(url) between 1 and 2000),
  fault text not null constraint pictures_fault_length check (length(fault) <= 40),
  width integer,
  height integer,
  run_id uuid not null,
  tried_at timestamptz not null,
  primary key (shop_id, digest, shard),
  constraint pictures_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint pictures_are_taken_or_faulty check ((url is null) = (fault <> ''))
);
grant select, insert, update on porting.pictures to weiji_app;

alter table porting.lines
  -- How many pictures the product is to be brought, and when somebody may (again) begin to.
  add column pictures integer not null default 0 constraint lines_pictures_is_not_negative check (pictures >= 0),
  add column pictures_due_at timestamptz;
create index lines_with_pictures on porting.lines (run_id, number) where pictures_due_at is not null;

alter table porting.runs
  add column pictures integer not null default 0 constraint runs_pictures_is_not_negative check (pictures >= 0),
  add column pictures_taken integer not null default 0
    constraint runs_pictures_taken_is_not_negative check (pictures_taken >= 0),
  add column pictures_missed integer not null default 0
    constraint runs_pictures_missed_is_not_negative check (pictures_missed >= 0);
create index runs_with_pictures on porting.runs (touched_at)
  where state = 'imported' and pictures > pictures_taken + pictures_missed;
