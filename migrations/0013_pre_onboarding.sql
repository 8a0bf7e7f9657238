-- What the operator asks of shops, what their owners send in, and how far a shop has come: verified or not.

-- Reviewers see what owners send in; shops have staff with parts of their own.
alter table identity.roles drop constraint roles_role_is_known;
alter table identity.roles add constraint roles_role_is_known check (role in
  ('operator', 'arbiter', 'reviewer', 'owner', 'manager', 'goods', 'orders', 'finance', 'staff'));

alter table shops.shops add column verification text not null default 'unverified'
  constraint shops_verification_is_known check (verification in ('unverified', 'verified'));
-- Shops that were there before anybody was asked go on as they were.
update shops.shops set verification = 'verified';

-- What a shop may do that is not verified: the latest version, for every such shop, at once.
create table shops.limits (
  version integer primary key constraint limits_versions_count_up check (version > 0),
  day_sales_max bigint not null constraint limits_day_is_not_negative check (day_sales_max >= 0),
  total_sales_max bigint not null constraint limits_total_is_not_negative check (total_sales_max >= 0),
  may_withdraw boolean not null,
  set_at timestamptz not null
);
grant select, insert on shops.limits to weiji_app;
insert into shops.limits (version, day_sales_max, total_sales_max, may_withdraw, set_at)
values (1, 500000, 5000000, false, '1970-01-01T00:00:00Z');

create or replace view shops.public_shops as
select shard, id, handle, name, story, owner_id, status, colour, created_at, verification,
  -- What it may sell, in fen; null without a limit.
  case when verification = 'unverified' then
    (select l.day_sales_max from shops.limits l order by l.version desc limit 1) end as day_sales_max,
  case when verification = 'unverified' then
    (select l.total_sales_max from shops.limits l order by l.version desc limit 1) end as total_sales_max,
  verification = 'verified' or (select l.may_withdraw from shops.limits l order by l.version desc limit 1) as may_withdraw
from shops.shops;

create schema onboarding;
grant usage on schema onboarding to weiji_app;

-- The checklist in force is the latest.
create table onboarding.checklists (
  version integer primary key constraint checklists_versions_count_up check (version > 0),
  checklist jsonb not null,
  author_id uuid,
  reason text not null constraint checklists_reason_length check (length(reason) between 1 and 500),
  published_at timestamptz not null
);
grant select, insert on onboarding.checklists to weiji_app;
insert into onboarding.checklists (version, checklist, author_id, reason, published_at)
values (1, '{}', null, 'The defaults of the program.', '1970-01-01T00:00:00Z');

create table onboarding.applications (
  shard smallint not null,
  shop_id uuid not null,
  state text not null constraint applications_state_is_known check (state in
    ('draft', 'submitted', 'in_review', 'returned', 'approved', 'rejected', 'withdrawn')),
  created_at timestamptz not null,
  attempts integer not null constraint applications_attempts_are_counted check (attempts >= 0),
  checklist_version integer not null,
  submitted_at timestamptz,
  promised_at timestamptz,
  reviewer_id uuid,
  decided_at timestamptz,
  reason text not null constraint applications_reason_length check (length(reason) <= 500),
  forget_at timestamptz,
  primary key (shop_id, shard),
  constraint applications_live_with_their_shop check (shard = kit.shard_of(shop_id)),
  constraint applications_handed_in_have_a_time check (state not in ('submitted', 'in_review', 'returned', 'approved')
    or (submitted_at is not null and promised_at is not null)),
  constraint applications_in_review_have_a_reviewer check (state <> 'in_review' or reviewer_id is not null)
);
create index applications_in_order on onboarding.applications (state, submitted_at, shop_id);
create index applications_to_forget on onboarding.applications (forget_at) where forget_at is not null;
grant select, insert, update on onboarding.applications to weiji_app;

-- What an owner typed, each field sealed; the numbers also as what they are found by.
create table onboarding.fields (
  shard smallint not null,
  shop_id uuid not null,
  field text not null constraint fields_name_length check (length(field) between 1 and 40),
  sealed bytea not null constraint fields_value_is_sealed check (octet_length(sealed) between 80 and 1200),
  index bytea constraint fields_index_is_blind check (octet_length(index) = 32),
  state text not null constraint fields_state_is_known check (state in ('given', 'accepted', 'refused')),
  reason text not null constraint fields_reason_length check (length(reason) <= 500),
  saved_at timestamptz not null,
  primary key (shop_id, field, shard),
  constraint fields_refused_have_a_reason check (state <> 'refused' or reason <> ''),
  constraint fields_live_with_their_shop check (shard = kit.shard_of(shop_id))
);
create index fields_by_index on onboarding.fields (index) where index is not null;
grant select, insert, update, delete on onboarding.fields to weiji_app;

create table onboarding.documents (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  field text not null constraint documents_name_length check (length(field) between 1 and 40),
  media_type text not null constraint documents_type_is_known check (media_type in
    ('image/jpeg', 'image/png', 'image/webp', 'application/pdf')),
  size integer not null constraint documents_size_range check (size between 1 and 4194304),
  sealed bytea not null constraint documents_are_sealed check (octet_length(sealed) > size),
  added_at timestamptz not null,
  primary key (id, shard),
  constraint documents_live_with_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
-- Pictures do not shrink, and what is sealed does so even less.
alter table onboarding.documents alter column sealed set storage external;
create index documents_of_a_shop on onboarding.documents (shop_id);
grant select, insert, delete on onboarding.documents to weiji_app;

-- How far a shop's application is: for its desk.
create view onboarding.public_applications as
select shard, shop_id, state, promised_at, decided_at from onboarding.applications;
grant select on onboarding.public_applications to weiji_app;
