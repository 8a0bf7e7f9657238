-- Each is the beginning of its table's primary key (id, shard), which serves whatever it served.
drop index payments.payments_id;
drop index payments.payouts_id;
drop index approvals.proposals_in_order;
drop index court_orders.court_orders_in_order;
