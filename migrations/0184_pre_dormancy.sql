-- Wallets that nobody moved for long: their owners are told, then the money is set aside until they want it.
create schema dormancy;
grant usage on schema dormancy to weiji_app;

create table dormancy.wallets (
  shard smallint not null,
  person_id uuid not null,
  state text not null constraint wallets_state_is_known check (state in ('told', 'dormant', 'awake')),
  times integer not null default 0 constraint wallets_times_count_up check (times >= 0),
  told_at timestamptz not null,
  due_at timestamptz not null,
  moved_at timestamptz,
  ended_at timestamptz,
  primary key (person_id, shard),
  constraint wallets_live_with_their_person check (shard = kit.shard_of(person_id)),
  constraint wallets_told_before_they_are_due check (due_at > told_at),
  constraint wallets_moved_when_due check (moved_at >= due_at),
  constraint wallets_dormant_were_moved check (state <> 'dormant' or moved_at is not null),
  constraint wallets_awake_have_ended check ((state = 'awake') = (ended_at is not null))
);
create index wallets_not_awake on dormancy.wallets (state, person_id) where state <> 'awake';
grant select, insert on dormancy.wallets to weiji_app;
grant update (state, times, told_at, due_at, moved_at, ended_at) on dormancy.wallets to weiji_app;

-- Wallets are gone through in the order of their owners, and what is dormant is added up.
create index accounts_of_wallets on ledger.accounts (owner_id) where code = 2010;
create index accounts_dormant on ledger.accounts (owner_id) where code = 2015;
