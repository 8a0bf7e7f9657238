-- What the operator's staff look into, what people complain of, and what comes of it.
alter table catalog.products
  drop constraint products_status_is_known,
  add constraint products_status_is_known check (status in ('draft', 'in_review', 'listed', 'withdrawn', 'taken_down')),
  add column taken_down_from text
    constraint products_taken_down_from_is_known check (taken_down_from in ('draft', 'listed', 'withdrawn')),
  add column penalty_id uuid,
  add column taking_reason text not null default '' constraint products_taking_reason_length check (length(taking_reason) <= 500),
  add constraint products_taken_down_by_a_penalty
    check ((status = 'taken_down') = (taken_down_from is not null) and (taken_down_from is null) = (penalty_id is null));

create schema supervision;
grant usage on schema supervision to weiji_app;

create table supervision.inquiries (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  subject_kind text not null constraint inquiries_subject_kind_is_known check (subject_kind in ('product', 'shop')),
  subject_id uuid not null,
  state text not null constraint inquiries_state_is_known check (state in ('open', 'decided')),
  complaints integer not null default 0 constraint inquiries_complaints_are_counted check (complaints >= 0),
  findings jsonb not null default '[]' constraint inquiries_findings_length check (length(findings::text) <= 200000),
  opened_at timestamptz not null,
  due_at timestamptz not null,
  assignee_id uuid,
  assigned_at timestamptz,
  decided_by uuid,
  decided_at timestamptz,
  verdict text constraint inquiries_verdict_is_known check (verdict in ('dismissed', 'warned', 'taken_down', 'suspended')),
  reason text not null default '' constraint inquiries_reason_length check (length(reason) <= 500),
  answer text not null default '' constraint inquiries_answer_length check (length(answer) <= 500),
  primary key (id, shard),
  constraint inquiries_live_with_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint inquiries_are_assigned_whole check ((assignee_id is null) = (assigned_at is null)),
  constraint inquiries_are_decided_whole
    check ((state = 'decided') = (decided_at is not null) and (decided_at is null) = (verdict is null)),
  constraint inquiries_punish_with_a_reason check (verdict is null or verdict = 'dismissed' or reason <> ''),
  constraint inquiries_take_down_goods check (verdict is distinct from 'taken_down' or subject_kind = 'product')
);
create unique index inquiries_one_open on supervision.inquiries (subject_id, shard) where state = 'open';
create index inquiries_to_decide on supervision.inquiries (due_at, id) where state = 'open';
create index inquiries_decided on supervision.inquiries (decided_at, id) where state = 'decided';
grant select, insert, update on supervision.inquiries to weiji_app;

create table supervision.complaints (
  shard smallint not null,
  id uuid not null,
  inquiry_id uuid not null,
  shop_id uuid not null,
  subject_id uuid not null,
  person_id uuid,
  kind text not null constraint complaints_kind_is_known
    check (kind in ('counterfeit', 'forbidden', 'misleading', 'infringing', 'fraud', 'other')),
  text text not null constraint complaints_text_length check (length(text) between 1 and 1000),
  filed_at timestamptz not null,
  primary key (id, shard),
  constraint complaints_live_with_their_inquiry check (shard = kit.shard_of(inquiry_id) and shard = kit.shard_of(id))
);
create index complaints_of_a_inquiry on supervision.complaints (inquiry_id, filed_at);
create unique index complaints_once_a_inquiry on supervision.complaints (inquiry_id, person_id, shard) where person_id is not null;
grant select, insert on supervision.complaints to weiji_app;

create table supervision.penalties (
  shard smallint not null,
  id uuid not null,
  inquiry_id uuid not null,
  shop_id uuid not null,
  product_id uuid,
  kind text not null constraint penalties_kind_is_known check (kind in ('warning', 'taken_down')),
  reason text not null constraint penalties_reason_length check (length(reason) between 1 and 500),
  -- Words of rules that were found; a granted appeal lets them be said.
  findings jsonb not null default '[]' constraint penalties_findings_length check (length(findings::text) <= 200000),
  imposed_by uuid,
  imposed_at timestamptz not null,
  state text not null constraint penalties_state_is_known check (state in ('in_force', 'lifted')),
  ended_at timestamptz,
  appeal text not null default '' constraint penalties_appeal_length check (length(appeal) <= 2000),
  appealed_at timestamptz,
  judged_by uuid,
  judged_at timestamptz,
  is_granted boolean,
  judgement text not null default '' constraint penalties_judgement_length check (length(judgement) <= 500),
  primary key (id, shard),
  constraint penalties_live_with_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint penalties_take_down_a_product check (kind <> 'taken_down' or product_id is not null),
  constraint penalties_end_once check ((state = 'in_force') = (ended_at is null)),
  constraint penalties_appeals_say_something check ((appealed_at is null) = (appeal = '')),
  constraint penalties_judged_were_appealed check (judged_at is null or appealed_at is not null),
  constraint penalties_are_judged_whole
    check ((judged_at is null) = (judged_by is null) and (judged_at is null) = (is_granted is null)),
  constraint penalties_are_judged_by_another check (judged_by <> imposed_by)
);
create unique index penalties_one_taking on supervision.penalties (product_id, shard) where state = 'in_force' and kind = 'taken_down';
create index penalties_of_a_shop on supervision.penalties (shop_id, imposed_at);
create index penalties_of_a_inquiry on supervision.penalties (inquiry_id);
create index penalties_to_judge on supervision.penalties (appealed_at, id)
  where appealed_at is not null and judged_at is null and state = 'in_force';
grant select, insert, update on supervision.penalties to weiji_app;
