-- pre: Who saw their card keys may have all of the money back before receipt, too: by after-sale, or by their channel.
alter table orders.orders drop constraint orders_shown_keys_are_kept;
alter table orders.orders add constraint orders_shown_keys_are_kept check (
  keys_shown_at is null or (delivery = 'virtual' and state in ('shipped', 'received', 'completed', 'refunded'))) not valid;
