-- pre: By one order of a court money of an account is held once. How numbers are compared the program knows; orders of before have none
-- to be compared by here, and are by the program.
alter table court_orders.court_orders add column number_key text not null default '';
create unique index court_orders_hold_once on court_orders.court_orders (account_id, number_key, shard)
  where ended_at is null and number_key <> '';
