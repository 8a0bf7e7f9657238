-- pre: Who wants to signs in with a code of an app, too (RFC 6238). Of each code it is known that it was used.
create table identity.second_factors (
  shard smallint not null,
  person_id uuid not null,
  secret_sealed bytea not null,
  last_step bigint not null,
  added_at timestamptz not null,
  primary key (person_id, shard)
);
grant select, insert, delete, update (last_step) on identity.second_factors to weiji_app;
