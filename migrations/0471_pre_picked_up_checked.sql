-- pre: Every order that there is fits: none was picked up before.
alter table orders.orders validate constraint orders_picked_up_are_not_sent;
