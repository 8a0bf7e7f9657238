-- pre: A shop that was closed for good, and is being closed once more because money came to it, is not opened again.
alter table shops.shops add column was_closed boolean not null default false;

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
  closing_at, closing_account_id, closed_at, was_closed
from shops.shops s;
