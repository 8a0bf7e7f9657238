-- pre: Bills of the payment protocol are kept for as long as their addresses are good: size costs time and no error, and what is
-- downloaded has the hash that was told.
create table wire.bills (
  shard smallint not null,
  id uuid not null,
  mchid text not null constraint bills_mchid_length check (length(mchid) between 1 and 32),
  what text not null constraint bills_what_length check (length(what) between 1 and 200),
  pages integer not null constraint bills_have_a_page check (pages >= 1),
  text_bytes bigint not null,
  packed_bytes bigint not null constraint bills_are_not_empty check (text_bytes > 0 and packed_bytes > 0),
  hash text not null constraint bills_hash_length check (length(hash) = 40),
  begun_at timestamptz not null,
  done_at timestamptz not null,
  ends_at timestamptz not null,
  primary key (id, shard),
  constraint bills_live_in_the_shard_of_their_id check (shard = kit.shard_of(id)),
  constraint bills_times_are_in_order check (begun_at <= done_at and done_at < ends_at)
);
create index bills_of_a_merchant on wire.bills (mchid, what, done_at);
create index bills_over on wire.bills (ends_at);

create table wire.bill_pages (
  shard smallint not null,
  bill_id uuid not null,
  place integer not null constraint bill_pages_place_is_not_negative check (place >= 0),
  ends_at timestamptz not null,
  content bytea not null,
  primary key (bill_id, place, shard),
  constraint bill_pages_live_in_the_shard_of_their_bill check (shard = kit.shard_of(bill_id))
);
-- They are packed already.
alter table wire.bill_pages alter column content set storage external;
create index bill_pages_over on wire.bill_pages (ends_at);

grant select, insert, delete on wire.bills, wire.bill_pages to weiji_app;
