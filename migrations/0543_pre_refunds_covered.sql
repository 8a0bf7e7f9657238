-- pre: What a payer has back by a chargeback already is not paid as a refund as well: `covered` says how much of one that is.
alter table payments.refunds add column covered bigint not null default 0;
alter table payments.refunds add constraint refunds_covered_range check (covered between 0 and amount) not valid;
grant update (covered) on payments.refunds to weiji_app;
alter table payments.refunds drop constraint refunds_status_is_known;
alter table payments.refunds add constraint refunds_status_is_known check (status in (
  'approved', 'submitted', 'succeeded', 'rejected', 'abnormal', 'by_hand', 'charged_back', 'unknown', 'uncovered')) not valid;
alter table payments.refunds drop constraint refunds_ended_when_known;
alter table payments.refunds add constraint refunds_ended_when_known check (
  (status in ('succeeded', 'rejected', 'by_hand', 'charged_back')) = (ended_at is not null)) not valid;
alter table payments.refunds add constraint refunds_charged_back_whole check ((status = 'charged_back') <= (covered = amount)) not valid;
