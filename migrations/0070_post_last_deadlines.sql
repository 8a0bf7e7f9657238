-- Nothing opens a dispute without a last deadline any more; who was opened by the old program while this one came gets one.
update disputes.disputes set stop_at = greatest(opened_at + interval '60 days', now() + interval '7 days')
where shard between 0 and 63 and ended_at is null and stop_at is null;
alter table disputes.disputes
  add constraint disputes_open_have_a_last_deadline check (ended_at is not null or stop_at is not null) not valid;
alter table disputes.disputes validate constraint disputes_open_have_a_last_deadline;

-- Whether a refund was asked for is a case of after-sale, and no mark of an order, since there are cases.
alter table orders.orders drop column refund_asked_at;
