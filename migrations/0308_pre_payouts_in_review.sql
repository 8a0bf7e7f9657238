-- pre: The queue of large payouts is read in its order, however long it is: of 10,000 that wait, a page in 1 ms and not 33.

drop index payments.payouts_in_review;
create index payouts_in_review on payments.payouts (created_at, id) where status = 'in_review';
