-- What money is moved by hand for: one of the staff proposes it, another approves exactly that.
create schema approvals;
grant usage on schema approvals to weiji_app;

create table approvals.proposals (
  shard smallint not null,
  id uuid not null,
  deed jsonb not null,
  hash bytea not null constraint proposals_hash_length check (octet_length(hash) = 32),
  reason text not null constraint proposals_reason_length check (length(reason) between 1 and 500),
  maker_id uuid not null,
  state text not null constraint proposals_state_is_known
    check (state in ('proposed', 'approved', 'failed', 'rejected', 'withdrawn')),
  proposed_at timestamptz not null,
  expires_at timestamptz not null,
  checker_id uuid,
  decided_at timestamptz,
  note text not null constraint proposals_note_length check (length(note) <= 500),
  primary key (id, shard),
  constraint proposals_live_in_their_shard check (shard = kit.shard_of(id)),
  constraint proposals_need_two_persons check (checker_id <> maker_id),
  constraint proposals_decided_have_a_checker check ((state in ('approved', 'failed', 'rejected')) = (checker_id is not null)),
  constraint proposals_ended_have_a_time check ((state = 'proposed') = (decided_at is null))
);
create index proposals_in_order on approvals.proposals (id);
-- What was proposed can't be changed by the program: only what becomes of it.
grant select, insert, update (state, checker_id, decided_at, note) on approvals.proposals to weiji_app;
