-- post: Every refund that there is fits.
alter table payments.refunds validate constraint refunds_covered_range;
alter table payments.refunds validate constraint refunds_status_is_known;
alter table payments.refunds validate constraint refunds_ended_when_known;
alter table payments.refunds validate constraint refunds_charged_back_whole;
