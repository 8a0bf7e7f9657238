-- pre: What the staff award of an order goes back, though others have a part of it: its shop pays that (`advanced`), and has it again
-- when they give it back.

alter table wire.merchant_orders add column advanced bigint not null default 0;
grant update (advanced) on wire.merchant_orders to weiji_app;
alter table wire.merchant_orders drop constraint merchant_orders_give_no_more_than_they_have;
alter table wire.merchant_orders add constraint merchant_orders_give_no_more_than_they_have check (
  released >= 0 and shared >= 0 and refunded >= 0 and refunded <= total and advanced >= 0 and given_back + advanced <= refunded
  and released + shared + (refunded - discount_refunded - given_back - advanced) <= total - discount) not valid;
