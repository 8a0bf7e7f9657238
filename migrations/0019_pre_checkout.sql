-- Orders of several shops, paid together: which order gets how much of a payment. None: all of it is for its subject.
alter table payments.payments add column parts jsonb
  constraint payments_parts_range check (jsonb_array_length(parts) between 2 and 20);
