-- pre: Who forgot the login password sets another with a code that they once wrote down. Of the code its hash is all that is kept.
create table identity.recovery_codes (
  shard smallint not null,
  person_id uuid not null,
  code_hash bytea not null constraint recovery_codes_are_hashed check (octet_length(code_hash) = 32),
  made_at timestamptz not null,
  primary key (person_id, shard)
);
grant select, insert, delete on identity.recovery_codes to weiji_app;
