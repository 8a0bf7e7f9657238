-- pre: Of several who are about to pay an order of a program each has the coupon that they chose: `coupon` is the last one's, and is
-- used by whoever pays; what the others chose stays beside it until the order is paid or closed.

alter table wire.merchant_orders add column others jsonb not null default '[]';
grant update (others) on wire.merchant_orders to weiji_app;
alter table wire.merchant_orders add constraint merchant_orders_choices_are_of_who_may_pay
  check (state = 'open' or others = '[]') not valid;
