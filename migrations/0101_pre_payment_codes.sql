-- Codes that payers show and cashiers scan, and the orders that are made with them.
alter table wire.merchant_orders
  alter column notify_url drop not null,
  drop constraint merchant_orders_kind_is_known,
  add constraint merchant_orders_kind_is_known check (kind in ('jsapi', 'native', 'app', 'h5', 'code'));

create table wire.payment_codes (
  shard smallint not null,
  id uuid not null,
  -- Keyed: the table tells nobody a code that is good.
  digest bytea not null constraint payment_codes_digest_length check (length(digest) = 32),
  person_id uuid not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  order_id uuid,
  used_at timestamptz,
  primary key (id, shard),
  constraint payment_codes_are_drawn_once unique (digest, shard),
  constraint payment_codes_live_in_the_shard_of_their_person
    check (shard = kit.shard_of(person_id) and shard = kit.shard_of(id)),
  constraint payment_codes_are_used_for_an_order check ((order_id is null) = (used_at is null))
);
create index payment_codes_of_a_person on wire.payment_codes (person_id, expires_at);
create index payment_codes_over on wire.payment_codes (expires_at);
grant select, insert, update (expires_at, order_id, used_at), delete on wire.payment_codes to weiji_app;
