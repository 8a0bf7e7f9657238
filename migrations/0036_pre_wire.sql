-- Messages that are sent to other people's servers, and every attempt at it.
create schema webhooks;
grant usage on schema webhooks to weiji_app;

create table webhooks.messages (
  shard smallint not null,
  id uuid not null,
  owner_id uuid not null,
  subject_id uuid not null,
  kind text not null constraint messages_kind_length check (length(kind) between 1 and 40),
  type text not null constraint messages_type_length check (length(type) between 1 and 100),
  url text not null constraint messages_url_length check (length(url) between 1 and 2048),
  payload jsonb not null,
  status text not null constraint messages_status_is_known check (status in ('waiting', 'delivered', 'given_up')),
  attempts smallint not null default 0 constraint messages_attempts_count_up check (attempts >= 0),
  step smallint not null default 0 constraint messages_step_is_of_an_attempt check (step between 0 and attempts),
  created_at timestamptz not null,
  next_at timestamptz,
  delivered_at timestamptz,
  primary key (id, shard),
  constraint messages_wait_for_a_time check ((status = 'waiting') = (next_at is not null)),
  constraint messages_delivered_when check ((status = 'delivered') = (delivered_at is not null)),
  constraint messages_live_in_the_shard_of_their_owner
    check (shard = kit.shard_of(owner_id) and shard = kit.shard_of(id))
) with (fillfactor = 80);
create index messages_due on webhooks.messages (next_at) where next_at is not null;
create index messages_of_an_owner on webhooks.messages (owner_id, id desc);
grant select, insert, update (status, attempts, step, next_at, delivered_at) on webhooks.messages to weiji_app;

-- What was sent, and what came back. Nothing of it is secret: bodies are sealed for whom they go to.
create table webhooks.attempts (
  shard smallint not null,
  message_id uuid not null,
  number smallint not null constraint attempts_number_from_1 check (number > 0),
  started_at timestamptz not null,
  milliseconds integer not null constraint attempts_take_time check (milliseconds >= 0),
  url text not null,
  headers jsonb not null,
  body text not null,
  status smallint,
  answer text not null constraint attempts_answer_length check (length(answer) <= 2000),
  reason text constraint attempts_reason_length check (length(reason) between 1 and 100),
  primary key (message_id, number, shard)
);
grant select, insert on webhooks.attempts to weiji_app;

-- Who speaks the payment protocol: shops have a number there, keys of their own, and know ours.
create schema wire;
grant usage on schema wire to weiji_app;

create table wire.merchants (
  shard smallint not null,
  mchid text not null constraint merchants_mchid_is_a_number check (mchid ~ '^[1-9][0-9]{9}$'),
  shop_id uuid not null,
  api_key_sealed bytea,
  api_key_set_at timestamptz,
  platform_key_id text,
  created_at timestamptz not null,
  primary key (mchid, shard),
  constraint merchants_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint merchants_mchid_tells_the_shard check (mchid::bigint % 64 = shard),
  constraint merchants_api_key_has_a_time check ((api_key_sealed is null) = (api_key_set_at is null))
);
create unique index merchants_of_a_shop on wire.merchants (shop_id, shard);
grant select, insert, update (api_key_sealed, api_key_set_at, platform_key_id) on wire.merchants to weiji_app;

create table wire.certificates (
  shard smallint not null,
  mchid text not null,
  serial text not null constraint certificates_serial_has_no_leading_zero check (serial ~ '^[1-7][0-9A-F]{39}$'),
  name text not null constraint certificates_name_length check (length(name) between 1 and 60),
  pem text not null constraint certificates_pem_length check (length(pem) between 1 and 10000),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ends_at timestamptz,
  used_at timestamptz,
  primary key (mchid, serial, shard)
);
grant select, insert, update (ends_at, used_at) on wire.certificates to weiji_app;

-- Requests that were seen: one that comes again within the window is a replay.
create table wire.nonces (
  shard smallint not null,
  mchid text not null,
  nonce text not null constraint nonces_length check (length(nonce) between 1 and 64),
  at timestamptz not null,
  primary key (mchid, nonce, at, shard)
);
create index nonces_at on wire.nonces (at);
grant select, insert, delete on wire.nonces to weiji_app;

-- Keys of this installation: what it signs with, and what is sealed for it. Few, and the same on every node.
create table wire.platform_keys (
  id text primary key constraint platform_keys_id_length check (length(id) between 1 and 64),
  kind text not null constraint platform_keys_kind_is_known check (kind in ('authority', 'certificate', 'public_key')),
  private_sealed bytea not null,
  pem text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create unique index platform_keys_one_authority on wire.platform_keys (kind) where kind = 'authority';
comment on table wire.platform_keys is 'Keys of the installation. citus: reference';
grant select, insert on wire.platform_keys to weiji_app;
