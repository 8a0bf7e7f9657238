-- API keys: what programs act with.
create schema developers;
grant usage on schema developers to weiji_app;

-- A key lives in the shard of the person it acts for; its secret is nowhere but with them.
create table developers.keys (
  shard smallint not null,
  id uuid not null,
  person_id uuid not null,
  name text not null constraint keys_name_length check (length(name) between 1 and 60),
  scopes text[] not null constraint keys_scopes_are_few check (cardinality(scopes) between 1 and 40),
  secret_hash bytea not null constraint keys_secret_is_hashed check (octet_length(secret_hash) = 32),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  primary key (id, shard)
);
create index keys_of_a_person on developers.keys (person_id, id);
grant select, insert on developers.keys to weiji_app;
grant update (used_at, revoked_at) on developers.keys to weiji_app;
