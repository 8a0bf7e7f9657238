-- pre: Why the rest of an order was unfrozen is kept: answers and bills of the payment protocol tell it.

alter table wire.splits add column description text not null default ''
  constraint splits_description_length check (length(description) <= 80);
