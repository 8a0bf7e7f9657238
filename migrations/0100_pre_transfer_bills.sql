-- Money that merchants' programs give to people, who confirm that they take it.
create table wire.transfer_bills (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  mchid text not null,
  number text not null constraint transfer_bills_number_length check (length(number) between 1 and 32),
  appid text not null constraint transfer_bills_appid_length check (length(appid) between 1 and 32),
  openid text not null constraint transfer_bills_openid_length check (length(openid) between 1 and 128),
  amount bigint not null constraint transfer_bills_amount_is_in_range check (amount between 1 and 9007199254740991),
  remark text not null constraint transfer_bills_remark_length check (length(remark) between 1 and 32),
  terms jsonb not null,
  notify_url text constraint transfer_bills_notify_url_length check (length(notify_url) between 1 and 255),
  key_id text,
  hold_id uuid not null,
  state text not null constraint transfer_bills_state_is_known
    check (state in ('waiting', 'confirmed', 'received', 'canceled', 'expired')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  due_at timestamptz,
  person_id uuid,
  confirmed_at timestamptz,
  ended_at timestamptz,
  primary key (id, shard),
  constraint transfer_bills_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint transfer_bills_wait_for_a_time check ((state = 'waiting') = (due_at is not null)),
  constraint transfer_bills_are_taken_by_somebody check (
    (state in ('confirmed', 'received')) = (person_id is not null) and (person_id is null) = (confirmed_at is null)),
  constraint transfer_bills_end check ((state in ('received', 'canceled', 'expired')) = (ended_at is not null))
);
create index transfer_bills_of_a_shop on wire.transfer_bills (shop_id, created_at desc, id desc);
create index transfer_bills_due on wire.transfer_bills (due_at) where due_at is not null;
grant select, insert, update (state, due_at, person_id, confirmed_at, ended_at) on wire.transfer_bills to weiji_app;
