-- pre: What orders of programs gave back before 0482 is as its constraint says: checked by itself, under no lock that stops them.

alter table wire.merchant_orders validate constraint merchant_orders_give_no_more_than_they_have;
