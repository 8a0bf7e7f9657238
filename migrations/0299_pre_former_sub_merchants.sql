-- pre: A binding may be taken back, and so may that: what a shop was is kept, and what it was still to apply for. Where a channel took
-- a shop on under another number than the one that it is bound to, people are told.

create table payments.former_sub_merchants (
  shard smallint not null,
  shop_id uuid not null,
  channel text not null constraint former_sub_merchants_channel_length check (length(channel) between 1 and 32),
  number_sealed bytea not null
    constraint former_sub_merchants_number_sealed_length check (length(number_sealed) between 1 and 500),
  last4 text not null constraint former_sub_merchants_last4_is_four_digits check (last4 ~ '^[0-9]{4}$'),
  bound_at timestamptz not null,
  unbound_at timestamptz not null,
  primary key (shop_id, channel, shard),
  constraint former_sub_merchants_live_with_their_shop check (shard = kit.shard_of(shop_id))
);
create index former_sub_merchants_unbound on payments.former_sub_merchants (unbound_at, shop_id, channel);
grant select, insert, update (number_sealed, last4, bound_at, unbound_at), delete on payments.former_sub_merchants to weiji_app;

create view payments.public_former_sub_merchants as
select shard, shop_id, channel, last4, bound_at, unbound_at from payments.former_sub_merchants;
grant select on payments.public_former_sub_merchants to weiji_app;

alter table payments.enrolments
  add column was text,
  add column given_sealed bytea
    constraint enrolments_given_sealed_length check (length(given_sealed) between 1 and 500),
  add column given_last4 text constraint enrolments_given_last4_is_four_digits check (given_last4 ~ '^[0-9]{4}$'),
  add constraint enrolments_were_not_at_the_channel
    check (was is null or status = 'taken_on' and was in ('wanted', 'handed_in', 'refused')),
  add constraint enrolments_given_whole check ((given_sealed is null) = (given_last4 is null)),
  add constraint enrolments_given_when_taken_on check (given_last4 is null or status = 'taken_on'),
  drop constraint enrolments_forget_answers,
  add constraint enrolments_forget_answers
    check ((answers_sealed is null) = (coalesce(was, status) in ('wanted', 'taken_on')));
grant update (was, given_sealed, given_last4) on payments.enrolments to weiji_app;
create index enrolments_kept on payments.enrolments (changed_at) where status = 'taken_on' and answers_sealed is not null;
create index enrolments_given on payments.enrolments (changed_at) where given_last4 is not null;

create or replace view payments.public_enrolments as
select shard, shop_id, channel, status, attempts, fault, queries, query_at, created_at, changed_at, given_last4
from payments.enrolments;

create view payments.public_enrolment_desk as
select shard, changed_at as since, null::timestamptz as due_at, null::timestamptz as done_at
from payments.enrolments
where status = 'handed_in' and query_at is null or given_last4 is not null;
grant select on payments.public_enrolment_desk to weiji_app;
