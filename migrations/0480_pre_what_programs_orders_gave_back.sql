-- pre: A chargeback of a merchant order holds the order, as whoever gives money of it back does, and the shop makes good of no more
-- than what had not gone back. To lock it takes a right to change what the program may change anyway.

create view wire.public_payables as
  select shard, id, payment_id, state = 'closed' as is_closed, total - discount - prepaid as due,
    refunded - discount_refunded - prepaid_refunded as gone_back
  from wire.merchant_orders;
grant select, update (payment_id) on wire.public_payables to weiji_app;
