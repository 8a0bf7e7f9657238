-- What holds an order says by which payment it was paid: a dispute of another holds nothing of it.
create or replace view orders.public_holds as
select shard, id, number, open_cases, open_chargebacks, payment_id from orders.orders;
