-- pre: Who withdrew an invoice is known: what lapsed because nobody paid is asked for again, should the money come late.
alter table orders.invoices add column is_lapsed boolean not null default false;
