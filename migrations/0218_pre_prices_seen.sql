-- What something cost when its buyer put it into the cart, so that the cart tells what became of the price.
alter table orders.cart_lines
  add column price_seen bigint,
  add constraint cart_lines_price_seen_range check (price_seen >= 0);
