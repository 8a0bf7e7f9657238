-- Whoever fills in an application is asked for the deposit before it is handed in, as soon as they said who they are. The platform has a
-- claim to it once it is handed in.
create or replace view onboarding.public_deposits as
select a.shard, a.shop_id, case a.kind when 'company' then c.company else c.person end as required, c.freeze_days,
  a.state <> 'draft' as is_handed_in
from onboarding.applications a
cross join (
  select coalesce((checklist ->> 'person_deposit')::bigint, 0) as person,
    coalesce((checklist ->> 'company_deposit')::bigint, 0) as company,
    coalesce((checklist ->> 'deposit_freeze_days')::integer, 30) as freeze_days
  from onboarding.checklists order by version desc limit 1) c
where a.state in ('submitted', 'in_review', 'returned', 'approved') or (a.state = 'draft' and a.kind is not null);
