-- Orders of several shops, paid together: which order gets how much of a payment. None: all of it is for its subject.
alter table payments.payments add column parts jsonb
  constraint payments_parts_range check (jsonb_array_length(parts) between 2 and 20);

-- A present: what is to be written to whom it goes, and whether the slip is without prices.
alter table orders.orders add column gift jsonb
  constraint orders_gift_length check (length(gift::text) <= 2000);
