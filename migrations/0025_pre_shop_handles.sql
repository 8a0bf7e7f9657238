-- A shop may change its handle once. The registry keeps the one it had, so that what was printed leads there for ever.
alter table shops.shops add column former_handle text
  constraint shops_handle_is_another_than_before check (former_handle <> handle);
