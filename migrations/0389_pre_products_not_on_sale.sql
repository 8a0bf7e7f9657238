-- pre: The few products of a shop that are not on sale are found by themselves.
create index products_of_shop_not_on_sale on catalog.products (shop_id, status, created_at desc, id desc) where status <> 'listed';
