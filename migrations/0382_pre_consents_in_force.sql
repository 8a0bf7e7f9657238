-- pre: Consents in force are counted in an index alone. As consents_of_a_shop, which 0383 drops.
create index consents_in_force_of_a_shop on orders.consents (shop_id, agreed_at desc, person_id desc) include (shard)
  where withdrawn_at is null;
