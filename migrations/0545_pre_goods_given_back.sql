-- pre: A ruling that gives the buyer nothing may have the shop send back what they had sent back.
alter table disputes.rulings add column goods_back boolean not null default false;
alter table disputes.rulings add constraint rulings_give_goods_or_money check (not goods_back or amount = 0) not valid;

alter table aftersale.cases drop constraint cases_state_is_known;
alter table aftersale.cases add constraint cases_state_is_known check (state in ('asked', 'countered', 'refused', 'disputed',
  'agreed', 'to_return', 'returning', 'return_countered', 'return_refused', 'returned', 'to_give_back', 'reshipped', 'refunding',
  'refunded', 'withdrawn', 'expired', 'dismissed', 'given_back')) not valid;
alter table aftersale.cases drop constraint cases_open_have_a_clock;
alter table aftersale.cases add constraint cases_open_have_a_clock check ((due_at is not null) = (state in ('asked', 'countered',
  'refused', 'agreed', 'to_return', 'returning', 'return_countered', 'return_refused', 'returned', 'to_give_back'))) not valid;
alter table aftersale.cases drop constraint cases_suspended_while_open;
alter table aftersale.cases add constraint cases_suspended_while_open check (suspended_at is null or state in ('asked', 'countered',
  'refused', 'disputed', 'agreed', 'to_return', 'returning', 'return_countered', 'return_refused', 'returned', 'to_give_back')) not valid;
alter table aftersale.cases drop constraint cases_ended_when_over;
alter table aftersale.cases add constraint cases_ended_when_over check ((ended_at is not null) = (state in ('reshipped', 'refunded',
  'withdrawn', 'expired', 'dismissed', 'given_back'))) not valid;
alter table aftersale.cases drop constraint cases_sent_back_have_a_parcel;
alter table aftersale.cases add constraint cases_sent_back_have_a_parcel check (
  state not in ('returning', 'return_countered', 'return_refused', 'to_give_back', 'given_back')
  or (return_carrier is not null and return_number is not null)) not valid;
alter table aftersale.cases drop constraint cases_reshipped_have_a_parcel;
alter table aftersale.cases add constraint cases_reshipped_have_a_parcel check (state not in ('reshipped', 'given_back')
  or (reship_carrier is not null and reship_number is not null)) not valid;
drop index aftersale.cases_one_undecided_for_each_line;
create unique index cases_one_undecided_for_each_line on aftersale.cases (order_id, line, shard)
where state in ('asked', 'countered', 'refused', 'disputed', 'agreed', 'to_return', 'returning', 'return_countered',
  'return_refused', 'returned', 'to_give_back');
