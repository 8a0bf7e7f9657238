-- pre: Bank accounts are in names that reviewers accepted. `public_names` has those, sealed, for payments; and a payout by the
-- clock is not made to an account that is in another.

create view onboarding.public_names as
select f.shard, f.shop_id, f.field, f.sealed
from onboarding.fields f
join onboarding.applications a on a.shard = f.shard and a.shop_id = f.shop_id and a.state = 'approved'
where f.field in ('name', 'company_name');
grant select on onboarding.public_names to weiji_app;

alter table settlement.schedules drop constraint schedules_outcome_is_known;
alter table settlement.schedules add constraint schedules_outcome_is_known check (last_outcome in (
  'paid_out', 'too_little', 'withdrawals_barred', 'no_account', 'no_channel', 'owner_frozen', 'account_name_differs')) not valid;
