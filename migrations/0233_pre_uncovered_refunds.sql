-- A refund that its channel can't take from an account which has too little has a state of its own, and is asked for again.
alter table payments.refunds drop constraint refunds_status_is_known;
alter table payments.refunds add constraint refunds_status_is_known check (
  status in ('approved', 'submitted', 'succeeded', 'rejected', 'abnormal', 'by_hand', 'unknown', 'uncovered')
) not valid;
