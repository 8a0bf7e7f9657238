-- pre: A shop's statement names a program's order as the program does, by its out_trade_no.
create view wire.public_numbers as select shard, id, number from wire.merchant_orders;
grant select on wire.public_numbers to weiji_app;
