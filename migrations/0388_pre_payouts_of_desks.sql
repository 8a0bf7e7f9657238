-- pre: What desks count of payouts that are over is found by itself.
create index payouts_released on payments.payouts (released_at) where released_at is not null;
create index payouts_told on payments.payouts (told_at) where told_at is not null;
create index payouts_refused on payments.payouts (ended_at) where status = 'refused';
