-- What was sent back and refused, or less was offered for, has states of its own; the clock leaves it to arbiters.
alter table aftersale.cases drop constraint cases_state_is_known;
alter table aftersale.cases add constraint cases_state_is_known check (state in ('asked', 'countered', 'refused', 'disputed',
  'agreed', 'to_return', 'returning', 'return_countered', 'return_refused', 'returned', 'reshipped', 'refunding', 'refunded',
  'withdrawn', 'expired', 'dismissed'));
alter table aftersale.cases drop constraint cases_open_have_a_clock;
alter table aftersale.cases add constraint cases_open_have_a_clock check ((due_at is not null) = (state in ('asked', 'countered',
  'refused', 'agreed', 'to_return', 'returning', 'return_countered', 'return_refused', 'returned')));
alter table aftersale.cases drop constraint cases_countered_have_an_offer;
alter table aftersale.cases add constraint cases_countered_have_an_offer check (state not in ('countered', 'return_countered')
  or (offered_kind is not null and offered_amount is not null));
alter table aftersale.cases drop constraint cases_sent_back_have_a_parcel;
alter table aftersale.cases add constraint cases_sent_back_have_a_parcel check (
  state not in ('returning', 'return_countered', 'return_refused') or (return_carrier is not null and return_number is not null));
drop index aftersale.cases_one_open_for_each_line;
drop index aftersale.cases_one_undecided_for_each_line;
create unique index cases_one_undecided_for_each_line on aftersale.cases (order_id, line, shard)
where state in ('asked', 'countered', 'refused', 'disputed', 'agreed', 'to_return', 'returning', 'return_countered',
  'return_refused', 'returned');

alter table disputes.disputes drop constraint disputes_opened_by_is_known;
alter table disputes.disputes add constraint disputes_opened_by_is_known check (opened_by in ('buyer', 'merchant', 'clock'));
alter table disputes.disputes drop constraint disputes_claim_length;
alter table disputes.disputes add constraint disputes_claim_length check (length(claim) <= 1000
  and (length(claim) > 0) = (opened_by <> 'clock'));
