-- pre: All payouts fit what 0376 says of those that were told of. They are read and written meanwhile.
alter table payments.payouts validate constraint payouts_told_when_over;
