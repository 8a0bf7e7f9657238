-- The operator's rules, all kinds in one table: each version once, never changed.

create schema rulebook;
grant usage on schema rulebook to weiji_app;

create table rulebook.versions (
  name text not null constraint versions_name_is_a_word check (name ~ '^[a-z][a-z_]{0,31}$'),
  version integer not null constraint versions_count_up check (version > 0),
  effective_at timestamptz not null,
  rules jsonb not null constraint versions_rules_length check (length(rules::text) <= 200000),
  author_id uuid,
  approver_id uuid,
  reason text not null constraint versions_reason_length check (length(reason) between 1 and 500),
  created_at timestamptz not null,
  primary key (name, version),
  constraint versions_need_two_persons check (approver_id <> author_id),
  constraint versions_never_reach_back check (effective_at >= created_at or version = 1)
);
grant select, insert on rulebook.versions to weiji_app;

create view rulebook.public_versions as select name, version, effective_at, rules from rulebook.versions;
grant select on rulebook.public_versions to weiji_app;

-- Those that are in force from the moment on in which they are published. The old tables go once no old program runs.
insert into rulebook.versions (name, version, effective_at, rules, author_id, reason, created_at)
select 'red_packets', version, created_at, rules, author_id, reason, created_at from packets.rules
union all select 'disputes', version, created_at, rules, author_id, reason, created_at from disputes.rules
union all select 'credit', version, created_at, rules, author_id, reason, created_at from credit.rules;
