-- Merchants that service providers apply for over the payment protocol. The application itself is the shop's, in `onboarding`.
create table wire.applyments (
  shard smallint not null,
  shop_id uuid not null,
  provider_id uuid not null,
  provider_mchid text not null constraint applyments_provider_is_a_number check (provider_mchid ~ '^[1-9][0-9]{9}$'),
  code text not null constraint applyments_code_length check (length(code) between 1 and 124),
  number bigint not null constraint applyments_number_has_16_digits check (number between 1000000000000000 and 8999999999999999),
  mark bytea not null constraint applyments_mark_length check (length(mark) = 32),
  created_at timestamptz not null,
  signed_at timestamptz,
  primary key (shop_id, shard),
  constraint applyments_live_in_the_shard_of_both
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(provider_id)),
  constraint applyments_are_for_another check (shop_id <> provider_id)
);
create unique index applyments_code on wire.applyments (provider_id, code, shard);
create unique index applyments_number on wire.applyments (provider_id, number, shard);
create index applyments_begun on wire.applyments (provider_id, created_at);
grant select, insert, update (mark, signed_at) on wire.applyments to weiji_app;

-- Accounts that service providers want shops' money to go to: they are bank accounts once the owner has confirmed.
create table wire.settlement_changes (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  provider_mchid text not null constraint settlement_changes_provider_is_a_number check (provider_mchid ~ '^[1-9][0-9]{9}$'),
  holder text not null constraint settlement_changes_holder_length check (length(holder) between 1 and 100),
  bank text not null constraint settlement_changes_bank_length check (length(bank) between 1 and 100),
  last4 text not null constraint settlement_changes_last4_are_digits check (last4 ~ '^[0-9]{4}$'),
  number_sealed bytea not null,
  asked_at timestamptz not null,
  confirmed_at timestamptz,
  primary key (id, shard),
  constraint settlement_changes_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create index settlement_changes_of_a_shop on wire.settlement_changes (shop_id, asked_at desc);
grant select, insert, update (confirmed_at) on wire.settlement_changes to weiji_app;
