-- Of a shop that is closing, the deposit stays for whom the platform has a claim for: a draft that nobody ever handed in keeps nothing back.
create or replace view onboarding.public_deposits as
select a.shard, a.shop_id, case a.kind when 'company' then c.company else c.person end as required,
  case when a.state <> 'draft' then c.freeze_days end as freeze_days, a.state <> 'draft' as is_handed_in
from onboarding.applications a
cross join (
  select coalesce((checklist ->> 'person_deposit')::bigint, 0) as person,
    coalesce((checklist ->> 'company_deposit')::bigint, 0) as company,
    coalesce((checklist ->> 'deposit_freeze_days')::integer, 30) as freeze_days
  from onboarding.checklists order by version desc limit 1) c
where a.state in ('submitted', 'in_review', 'returned', 'approved') or (a.state = 'draft' and a.kind is not null);
