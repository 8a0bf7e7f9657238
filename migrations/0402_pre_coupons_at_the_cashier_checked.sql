-- pre: What orders and refunds of programs had before 0400 is as its constraints say: checked by itself, under no lock that stops them.

alter table wire.merchant_orders validate constraint merchant_orders_give_no_more_than_they_have;
alter table wire.merchant_orders validate constraint merchant_orders_coupon_takes_something_off;
alter table wire.merchant_orders validate constraint merchant_orders_coupon_is_not_given_back_twice;
alter table wire.merchant_refunds validate constraint merchant_refunds_coupon_is_a_part;
