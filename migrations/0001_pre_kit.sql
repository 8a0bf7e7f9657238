-- The kernel: who may do what, shards, jobs, idempotency keys.
-- The running program works as weiji_app, which owns nothing and can't change what must not change.
do $$
begin
  if not exists (select from pg_roles where rolname = 'weiji_app') then
    create role weiji_app nologin;
  end if;
  if not pg_has_role(current_user, 'weiji_app', 'set') then
    execute format('grant weiji_app to %I', current_user);
  end if;
end $$;

create schema kit;
grant usage on schema kit to weiji_app;

create function kit.shard_of(id uuid) returns smallint
language sql immutable strict parallel safe
return (get_byte(uuid_send(id), 15) & 63)::smallint;

-- One row: this installation.
create table kit.installation (
  is_only boolean primary key default true constraint installation_is_only check (is_only),
  id uuid not null,
  lanes smallint not null constraint installation_lanes_divide_shards check (64 % lanes = 0),
  clock_offset interval not null default interval '0'
    constraint installation_clock_goes_forward check (clock_offset >= interval '0'),
  is_clock_free boolean not null
    constraint installation_clock_is_true check (is_clock_free or clock_offset = interval '0'),
  created_at timestamptz not null
);
grant select on kit.installation to weiji_app;
grant update (clock_offset) on kit.installation to weiji_app;

create table kit.jobs (
  name text primary key,
  every interval not null,
  due_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  items integer not null default 0,
  total_items bigint not null default 0,
  runs bigint not null default 0,
  failures integer not null default 0,
  error text
);
grant select, insert, update on kit.jobs to weiji_app;

-- An idempotency key is kept in its caller's shard, whatever it was used for; a request over several lanes has a part
-- in each.
create table kit.idempotency_keys (
  shard smallint not null,
  caller_id uuid not null,
  route text not null,
  key text not null constraint idempotency_keys_key_length check (length(key) between 1 and 255),
  body_hash bytea not null,
  lanes smallint[] not null,
  responses bytea[] not null,
  created_at timestamptz not null,
  primary key (caller_id, route, key, shard),
  constraint idempotency_keys_have_a_response_for_each_lane check (cardinality(lanes) = cardinality(responses))
);
create index idempotency_keys_created_at on kit.idempotency_keys (created_at);
grant select, insert, update, delete on kit.idempotency_keys to weiji_app;
