-- Words that the operator wants said nowhere, or looked at first. Every node of a cluster has a copy of the rules.
create schema word_rules;
grant usage on schema word_rules to weiji_app;

create table word_rules.versions (
  version integer primary key constraint versions_count_up check (version > 0),
  -- What processes remember a version by: numbers are those of one installation only.
  id uuid not null,
  rules integer not null constraint versions_rules_limit check (rules between 0 and 10000),
  put integer not null,
  retired integer not null,
  author_id uuid,
  reason text not null constraint versions_reason_length check (length(reason) between 1 and 500),
  created_at timestamptz not null
);
grant select, insert on word_rules.versions to weiji_app;
insert into word_rules.versions (version, id, rules, put, retired, author_id, reason, created_at)
values (1, '00000000-0000-0000-0000-000000000000', 0, 0, 0, null, 'The defaults of the program.', '1970-01-01T00:00:00Z');

-- A rule as it was from a version on, up to the one in which it is another, or none.
create table word_rules.rules (
  id uuid not null,
  from_version integer not null,
  to_version integer,
  name text not null constraint rules_name_length check (length(name) between 1 and 60),
  rule jsonb not null constraint rules_rule_length check (length(rule::text) <= 50000),
  primary key (id, from_version),
  constraint rules_end_after_they_begin check (to_version > from_version)
);
create unique index rules_one_in_force on word_rules.rules (id) where to_version is null;
create index rules_by_name on word_rules.rules (name, id) where to_version is null;
grant select, insert, update (to_version) on word_rules.rules to weiji_app;

-- What a thing may say all the same: somebody looked at it, and found nothing wrong.
create table word_rules.allowances (
  shard smallint not null,
  subject_id uuid not null,
  rule_id uuid not null,
  word text not null,
  allowed_at timestamptz not null,
  primary key (subject_id, rule_id, word, shard),
  constraint allowances_live_with_their_subject check (shard = kit.shard_of(subject_id))
);
grant select, insert on word_rules.allowances to weiji_app;
