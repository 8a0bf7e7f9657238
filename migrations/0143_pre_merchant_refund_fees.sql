-- A refund knows what of the fee came back with it: bills tell of it line by line. Of older ones it is told as none.

alter table wire.merchant_refunds
  add column fee_returned bigint not null default 0
    constraint merchant_refunds_return_no_more_fee_than_they_are check (fee_returned between 0 and amount);
