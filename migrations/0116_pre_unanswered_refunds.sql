-- Refunds that a person has to look at: refused where no wallet takes them, or asked about for so long that nobody asks
-- any more.

drop index payments.refunds_abnormal;
create index refunds_for_people on payments.refunds (id)
where status = 'abnormal' or status in ('submitted', 'unknown') and query_at is null;
