-- post: Every order that there is fits.
alter table orders.orders validate constraint orders_shown_keys_are_kept;
