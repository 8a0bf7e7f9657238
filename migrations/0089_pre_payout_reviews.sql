-- Payouts above what the operator's rules say wait until two of the staff agreed. Amount and fee are held meanwhile.
alter table payments.payouts
  add column review_by timestamptz,
  add column released_at timestamptz,
  add column refusal text not null default '' constraint payouts_refusal_length check (length(refusal) <= 500);
alter table payments.payouts drop constraint payouts_status_is_known;
alter table payments.payouts add constraint payouts_status_is_known check (status in
  ('in_review', 'requested', 'submitted', 'accepted', 'paid', 'rejected', 'refused', 'returned', 'unknown')) not valid;
alter table payments.payouts validate constraint payouts_status_is_known;
alter table payments.payouts drop constraint payouts_ended_when_given_back;
alter table payments.payouts add constraint payouts_ended_when_given_back
  check ((status in ('rejected', 'refused', 'returned')) = (ended_at is not null)) not valid;
alter table payments.payouts validate constraint payouts_ended_when_given_back;
-- What is to be reviewed goes to the bank only once it was released; what nobody has to review is neither.
alter table payments.payouts add constraint payouts_go_only_released check (case
  when review_by is null then status not in ('in_review', 'refused') and released_at is null
  else (status in ('in_review', 'refused')) = (released_at is null) end) not valid;
alter table payments.payouts validate constraint payouts_go_only_released;
alter table payments.payouts add constraint payouts_refused_with_a_reason check ((status = 'refused') = (refusal <> '')) not valid;
alter table payments.payouts validate constraint payouts_refused_with_a_reason;
create index payouts_in_review on payments.payouts (id) where status = 'in_review';
grant update (released_at, refusal) on payments.payouts to weiji_app;
