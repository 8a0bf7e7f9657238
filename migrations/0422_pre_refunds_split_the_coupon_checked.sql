-- pre: Refunds of before 0421 are as its constraint says: checked by itself, under no lock that stops payments.

alter table wire.merchant_orders validate constraint merchant_orders_refunds_split_the_coupon;
