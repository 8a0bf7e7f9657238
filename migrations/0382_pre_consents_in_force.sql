-- pre: What is few of very many is found by itself, and what is counted is counted in an index alone.

create index products_of_shop_not_on_sale on catalog.products (shop_id, status, created_at desc, id desc) where status <> 'listed';
create index proposals_waiting on approvals.proposals (id) where state = 'proposed';
create index invoices_newest_of_a_shop on orders.invoices (shop_id, requested_at desc, order_id desc);

-- As consents_of_a_shop, which 0383 drops.
create index consents_in_force_of_a_shop on orders.consents (shop_id, agreed_at desc, person_id desc) include (shard)
  where withdrawn_at is null;
