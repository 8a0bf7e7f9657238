-- Deposits: whom the operator asks for how much. The money itself, and what shops owe, are accounts of the ledger.
alter table payments.payments
  drop constraint payments_purpose_is_known,
  add constraint payments_purpose_is_known check (purpose in ('order', 'top_up', 'deposit'));

-- Who is behind a shop, beside the sealed field that says the same: what is asked of a shop depends on it.
-- The job onboarding.note_kinds writes it for applications that were there before.
alter table onboarding.applications
  add column kind text constraint applications_kind_is_known check (kind in ('person', 'company'));
create index applications_without_kind on onboarding.applications (shop_id)
  where kind is null and state in ('submitted', 'in_review', 'returned', 'approved');

-- The deposit that is asked of a shop which has handed in an application, and for how long it is kept when the shop leaves.
create view onboarding.public_deposits as
select a.shard, a.shop_id, case a.kind when 'company' then c.company else c.person end as required, c.freeze_days
from onboarding.applications a
cross join (
  select coalesce((checklist ->> 'person_deposit')::bigint, 0) as person,
    coalesce((checklist ->> 'company_deposit')::bigint, 0) as company,
    coalesce((checklist ->> 'deposit_freeze_days')::integer, 30) as freeze_days
  from onboarding.checklists order by version desc limit 1) c
where a.state in ('submitted', 'in_review', 'returned', 'approved');
grant select on onboarding.public_deposits to weiji_app;

-- Those few accounts of a shop that are looked for by their owner. Neither column ever changes, so that updates stay HOT.
create index accounts_of_shops on ledger.accounts (owner_id, code) where code in (1110, 2021, 2022);
