-- Shops that are applied for at channels, to be their sub-merchants (进件). What was answered, told and sent is sealed.

create table payments.enrolments (
  shard smallint not null,
  shop_id uuid not null,
  channel text not null constraint enrolments_channel_length check (length(channel) between 1 and 32),
  status text not null constraint enrolments_status_is_known
    check (status in ('wanted', 'handed_in', 'in_review', 'to_act', 'refused', 'taken_on')),
  attempts smallint not null default 0,
  reference text constraint enrolments_reference_length check (length(reference) between 1 and 64),
  answers_sealed bytea constraint enrolments_answers_sealed_length check (length(answers_sealed) between 1 and 30000),
  told_sealed bytea constraint enrolments_told_sealed_length check (length(told_sealed) between 1 and 30000),
  fault text not null default '' constraint enrolments_fault_length check (length(fault) <= 200),
  queries smallint not null default 0,
  query_at timestamptz,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (shop_id, channel, shard),
  constraint enrolments_live_with_their_shop check (shard = kit.shard_of(shop_id)),
  constraint enrolments_asked_while_open check ((query_at is not null) = (status in ('handed_in', 'in_review', 'to_act'))),
  constraint enrolments_forget_answers check ((answers_sealed is null) = (status in ('wanted', 'taken_on')))
) with (fillfactor = 80);
create index enrolments_due on payments.enrolments (query_at) where query_at is not null;
create index enrolments_changed on payments.enrolments (changed_at, shop_id, channel);
grant select, insert, delete on payments.enrolments to weiji_app;
grant update (status, attempts, reference, answers_sealed, told_sealed, fault, queries, query_at, changed_at)
  on payments.enrolments to weiji_app;

create view payments.public_enrolments as
select shard, shop_id, channel, status, attempts, fault, queries, query_at, created_at, changed_at from payments.enrolments;
grant select on payments.public_enrolments to weiji_app;

-- Pictures that were given for a channel in the place of those that the shop showed here.
create table payments.enrolment_papers (
  shard smallint not null,
  shop_id uuid not null,
  channel text not null constraint enrolment_papers_channel_length check (length(channel) between 1 and 32),
  paper text not null constraint enrolment_papers_paper_length check (length(paper) between 1 and 32),
  sealed bytea not null constraint enrolment_papers_sealed_length check (length(sealed) between 1 and 2200000),
  primary key (shop_id, channel, paper, shard),
  constraint enrolment_papers_live_with_their_shop check (shard = kit.shard_of(shop_id))
);
grant select, insert, delete on payments.enrolment_papers to weiji_app;
grant update (sealed) on payments.enrolment_papers to weiji_app;

-- Another owner's shop is no longer the sub-merchant that the owner before was.
grant delete on payments.sub_merchants to weiji_app;
