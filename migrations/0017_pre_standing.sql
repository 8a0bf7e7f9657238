-- Whether a shop sells: holidays, suspensions with their appeals, closing.
alter table shops.shops
  add column holiday_starts_at timestamptz,
  add column holiday_ends_at timestamptz,
  add column holiday_notice text not null default '' constraint shops_holiday_notice_length check (length(holiday_notice) <= 200),
  add column holiday_takes_orders boolean not null default false,
  add column is_away boolean not null default false,
  add column is_sales_suspended boolean not null default false,
  add column is_withdrawals_suspended boolean not null default false,
  add column suspended_until timestamptz,
  add column closing_at timestamptz,
  add column closing_account_id uuid,
  add column closed_at timestamptz,
  -- When the clock changes something of it next.
  add column turn_at timestamptz,
  add constraint shops_holidays_have_two_ends
    check ((holiday_starts_at is null) = (holiday_ends_at is null) and holiday_starts_at < holiday_ends_at),
  add constraint shops_away_are_on_holiday check (not is_away or holiday_ends_at is not null),
  add constraint shops_suspended_until_are_suspended
    check (suspended_until is null or is_sales_suspended or is_withdrawals_suspended),
  add constraint shops_closing_pay_out_somewhere check ((closing_at is null) = (closing_account_id is null)),
  add constraint shops_closed_were_closing check (closed_at is null or closing_at is not null);
create index shops_to_turn on shops.shops (turn_at) where turn_at is not null;
create index shops_closing on shops.shops (closing_at) where closing_at is not null and closed_at is null;

create table shops.suspensions (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  stops_sales boolean not null,
  stops_withdrawals boolean not null,
  reason text not null constraint suspensions_reason_length check (length(reason) between 1 and 500),
  suspended_by uuid not null,
  suspended_at timestamptz not null,
  until timestamptz,
  state text not null constraint suspensions_state_is_known check (state in ('in_force', 'lifted', 'over')),
  ended_at timestamptz,
  appeal text not null default '' constraint suspensions_appeal_length check (length(appeal) <= 2000),
  appealed_at timestamptz,
  judged_by uuid,
  judged_at timestamptz,
  is_granted boolean,
  judgement text not null default '' constraint suspensions_judgement_length check (length(judgement) <= 500),
  primary key (id, shard),
  constraint suspensions_live_with_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint suspensions_stop_something check (stops_sales or stops_withdrawals),
  constraint suspensions_end_once check ((state = 'in_force') = (ended_at is null)),
  constraint suspensions_appeals_say_something check ((appealed_at is null) = (appeal = '')),
  constraint suspensions_judged_were_appealed check (judged_at is null or appealed_at is not null),
  constraint suspensions_are_judged_whole
    check ((judged_at is null) = (judged_by is null) and (judged_at is null) = (is_granted is null)),
  constraint suspensions_are_judged_by_another check (judged_by <> suspended_by)
);
create unique index suspensions_one_in_force on shops.suspensions (shop_id, shard) where state = 'in_force';
create index suspensions_of_a_shop on shops.suspensions (shop_id, suspended_at);
create index suspensions_in_order on shops.suspensions (suspended_at, id);
create index suspensions_to_judge on shops.suspensions (appealed_at, id)
  where appealed_at is not null and judged_at is null and state = 'in_force';
grant select, insert, update on shops.suspensions to weiji_app;

-- `status` is what everybody asks who sells: whether the shop can be bought at now. `standing` says why not.
create or replace view shops.public_shops as
select s.shard, s.id, s.handle, s.name, s.story, s.owner_id,
  case when s.status = 'open' and s.closing_at is null and not s.is_sales_suspended
    and (not s.is_away or s.holiday_takes_orders) then 'open' else 'closed' end as status,
  s.colour, s.created_at, s.verification,
  case when s.verification = 'unverified' then
    (select l.day_sales_max from shops.limits l order by l.version desc limit 1) end as day_sales_max,
  case when s.verification = 'unverified' then
    (select l.total_sales_max from shops.limits l order by l.version desc limit 1) end as total_sales_max,
  not s.is_withdrawals_suspended
    and (s.verification = 'verified' or (select l.may_withdraw from shops.limits l order by l.version desc limit 1))
    as may_withdraw,
  case
    when s.closed_at is not null then 'closed'
    when s.closing_at is not null then 'closing'
    when s.is_sales_suspended then 'suspended'
    when s.is_away and not s.holiday_takes_orders then 'away'
    when s.status <> 'open' then 'resting'
    else 'open' end as standing,
  case when s.is_away then s.holiday_ends_at end as away_until,
  case when s.is_away then s.holiday_notice else '' end as away_notice,
  s.is_withdrawals_suspended, s.closing_at, s.closing_account_id, s.closed_at
from shops.shops s;
