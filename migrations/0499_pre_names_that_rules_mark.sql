-- pre: What word rules find in somebody's name waits for staff, who let it stand, or take it: its person is told why, and takes it no more.
alter table identity.people
  add column taken_name text,
  add column taken_reason text not null default '',
  add constraint people_taken_reason_length check (length(taken_reason) <= 500) not valid;
grant update (taken_name, taken_reason) on identity.people to weiji_app;

create table supervision.marked_names (
  shard smallint not null,
  person_id uuid not null,
  name text not null,
  findings jsonb not null,
  marked_at timestamptz not null,
  due_at timestamptz not null,
  verdict text,
  decided_by uuid,
  decided_at timestamptz,
  primary key (person_id, shard),
  constraint marked_names_live_with_their_person check (shard = kit.shard_of(person_id)),
  constraint marked_names_findings_length check (length(findings::text) <= 50000),
  constraint marked_names_verdict_is_known check (verdict in ('allowed', 'taken', 'changed')),
  constraint marked_names_are_decided_whole check ((decided_at is null) = (verdict is null))
);
create index marked_names_open on supervision.marked_names (due_at, person_id) where decided_at is null;
grant select, insert, update on supervision.marked_names to weiji_app;
