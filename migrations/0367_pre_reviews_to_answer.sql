-- pre: What a shop has not answered is found by itself, and not among all that was ever said of it.

create index reviews_to_answer on reviews.reviews (shop_id, revealed_at desc, order_id desc, line desc)
  where revealed_at is not null and answered_at is null and removed_at is null;
