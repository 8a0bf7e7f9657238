-- When shops are paid out without asking for it.
create schema settlement;
grant usage on schema settlement to weiji_app;

create table settlement.schedules (
  shard smallint not null,
  shop_id uuid not null,
  every text not null constraint schedules_every_is_known check (every in ('by_hand', 'day', 'week', 'month')),
  day smallint not null,
  minimum bigint not null constraint schedules_minimum_range check (minimum between 1 and 1000000000000),
  account_id uuid,
  next_at timestamptz,
  last_at timestamptz,
  last_outcome text constraint schedules_outcome_is_known check (
    last_outcome in ('paid_out', 'too_little', 'withdrawals_barred', 'no_account', 'no_channel', 'owner_frozen')),
  last_amount bigint,
  changed_at timestamptz not null,
  primary key (shop_id, shard),
  constraint schedules_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint schedules_day_range check (
    case every when 'week' then day between 1 and 7 when 'month' then day between 1 and 28 else day = 1 end),
  constraint schedules_run_into_an_account check ((every = 'by_hand') = (next_at is null) and (every = 'by_hand' or account_id is not null)),
  constraint schedules_tell_of_a_run_whole check ((last_at is null) = (last_outcome is null))
) with (fillfactor = 70);
create index schedules_due on settlement.schedules (next_at) where next_at is not null;
grant select, insert, update on settlement.schedules to weiji_app;
