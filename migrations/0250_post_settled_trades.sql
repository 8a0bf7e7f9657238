-- Credit lists them: an order that is settled stays on its page then, and writes into no index.
drop index orders.orders_settled_of_a_shop;
