-- An idempotency key is kept in its caller's shard, whatever it was used for; a request over several lanes has a part in
-- each. (What was kept before is forgotten: the commands' own ids still tell.)
drop table kit.idempotency_keys;

create table kit.idempotency_keys (
  shard smallint not null,
  caller_id uuid not null,
  route text not null,
  key text not null constraint idempotency_keys_key_length check (length(key) between 1 and 255),
  body_hash bytea not null,
  lanes smallint[] not null,
  responses bytea[] not null,
  created_at timestamptz not null,
  primary key (shard, caller_id, route, key),
  constraint idempotency_keys_have_a_response_for_each_lane check (cardinality(lanes) = cardinality(responses))
);
create index idempotency_keys_created_at on kit.idempotency_keys (created_at);
grant select, insert, update, delete on kit.idempotency_keys to weiji_app;
