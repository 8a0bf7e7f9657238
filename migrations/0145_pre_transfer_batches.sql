-- Batches of transfers: money for many people at once, who are not asked. Each detail is a transfer bill of the batch.
create table wire.transfer_batches (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  mchid text not null,
  number text not null constraint transfer_batches_number_length check (length(number) between 1 and 32),
  appid text not null constraint transfer_batches_appid_length check (length(appid) between 1 and 32),
  name text not null constraint transfer_batches_name_length check (length(name) between 1 and 32),
  remark text not null constraint transfer_batches_remark_length check (length(remark) between 1 and 32),
  amount bigint not null constraint transfer_batches_amount_is_in_range check (amount between 1 and 9007199254740991),
  quantity integer not null constraint transfer_batches_quantity_is_in_range check (quantity between 1 and 1000),
  terms jsonb not null,
  notify_url text constraint transfer_batches_notify_url_length check (length(notify_url) between 1 and 255),
  key_id text,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (id, shard),
  constraint transfer_batches_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
grant select, insert, update (ended_at) on wire.transfer_batches to weiji_app;

alter table wire.transfer_bills add column batch_id uuid;
create index transfer_bills_of_a_batch on wire.transfer_bills (batch_id, id) where batch_id is not null;
