-- pre: Who gave and took away the roles of the operator's staff, and why.

-- One row: whoever gives or takes such a role holds it until the transaction ends, so that two can't take each other's at once.
create table identity.staff_turn (
  is_only boolean primary key constraint staff_turn_is_one check (is_only)
);
insert into identity.staff_turn values (true);
-- To hold it takes the right to change it.
grant select, update on identity.staff_turn to weiji_app;

-- Without an actor: by the command line of the server. The same role of the same person can be given and taken many times.
create table identity.staff_changes (
  shard smallint not null,
  id uuid not null,
  person_id uuid not null,
  role text not null constraint staff_changes_role_is_known check (role in ('operator', 'reviewer', 'arbiter', 'auditor')),
  is_given boolean not null,
  proposed_by uuid,
  proposal_id uuid,
  actor_id uuid,
  reason text not null constraint staff_changes_reason_length check (length(reason) <= 500),
  at timestamptz not null,
  primary key (id, shard),
  constraint staff_changes_given_by_two check (
    case when is_given and actor_id is not null then coalesce(proposed_by <> actor_id, false) else proposed_by is null end),
  constraint staff_changes_not_given_to_oneself check (
    not is_given or (person_id is distinct from actor_id and person_id is distinct from proposed_by))
);
create index staff_changes_of_a_person on identity.staff_changes (person_id, role, at);
create index staff_changes_by_time on identity.staff_changes (at, id);
grant select, insert on identity.staff_changes to weiji_app;

create index roles_of_staff on identity.roles (person_id, role) where scope = 'platform';
