-- pre: A shop's invoices are found newest first.
create index invoices_newest_of_a_shop on orders.invoices (shop_id, requested_at desc, order_id desc);
