-- pre: What else is in dispute of an order counts towards what takes two arbiters: it is found by the order.
create index disputes_of_an_order on disputes.disputes (order_id);
