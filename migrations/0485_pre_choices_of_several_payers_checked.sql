-- pre: What was chosen before 0484 is as its constraint says: checked by itself, under no lock that stops payments.

alter table wire.merchant_orders validate constraint merchant_orders_choices_are_of_who_may_pay;
