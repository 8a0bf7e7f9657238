-- Penalties come in grades: between a warning and a suspension a shop may be kept from listing goods, from selling without a limit, and from
-- withdrawing. They end by themselves, and points add up to the next grade.

alter table shops.shops
  add column is_listing_frozen boolean not null default false,
  add column is_limited boolean not null default false,
  add column is_withdrawals_held boolean not null default false;

create or replace view shops.public_shops as
select shard, id, handle, name, story, owner_id,
  case when status = 'open' and closing_at is null and not is_sales_suspended and (not is_away or holiday_takes_orders)
    then 'open' else 'closed' end as status,
  colour, created_at, verification,
  case when verification = 'unverified' or is_limited
    then (select l.day_sales_max from shops.limits l order by l.version desc limit 1) end as day_sales_max,
  case when verification = 'unverified'
    then (select l.total_sales_max from shops.limits l order by l.version desc limit 1) end as total_sales_max,
  not is_withdrawals_suspended and not is_withdrawals_held
    and (verification = 'verified' or (select l.may_withdraw from shops.limits l order by l.version desc limit 1)) as may_withdraw,
  case when closed_at is not null then 'closed'
    when closing_at is not null then 'closing'
    when is_sales_suspended then 'suspended'
    when is_away and not holiday_takes_orders then 'away'
    when status <> 'open' then 'resting'
    else 'open' end as standing,
  case when is_away then holiday_ends_at end as away_until,
  case when is_away then holiday_notice else '' end as away_notice,
  -- Whoever may not withdraw reads why on the page of penalties, suspended or held.
  is_withdrawals_suspended or is_withdrawals_held as is_withdrawals_suspended,
  closing_at, closing_account_id, closed_at
from shops.shops s;

-- Whoever punishes a shop holds its row, so that points are added up one after another.
create table supervision.records (
  shard smallint not null,
  shop_id uuid not null,
  primary key (shop_id, shard),
  constraint records_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
) with (fillfactor = 50);
grant select, insert, update on supervision.records to weiji_app;

alter table supervision.penalties
  add column until timestamptz,
  add column points smallint not null default 0 constraint penalties_points_range check (points between 0 and 100),
  -- Points at which the ladder imposed it; 0: it was not the ladder.
  add column step smallint not null default 0 constraint penalties_step_is_not_negative check (step >= 0),
  drop constraint penalties_kind_is_known,
  add constraint penalties_kind_is_known
    check (kind in ('warning', 'taken_down', 'listing_frozen', 'limited', 'withdrawals_held')),
  drop constraint penalties_state_is_known,
  add constraint penalties_state_is_known check (state in ('in_force', 'lifted', 'over')),
  add constraint penalties_restrict_for_a_time check ((kind in ('warning', 'taken_down')) = (until is null)),
  add constraint penalties_over_had_an_end check (state <> 'over' or until is not null),
  add constraint penalties_of_the_ladder_have_no_points check (step = 0 or points = 0);
create index penalties_to_end on supervision.penalties (until) where state = 'in_force' and until is not null;

alter table supervision.inquiries
  drop constraint inquiries_verdict_is_known,
  add constraint inquiries_verdict_is_known check (verdict in
    ('dismissed', 'warned', 'taken_down', 'listing_frozen', 'limited', 'withdrawals_held', 'suspended'));
