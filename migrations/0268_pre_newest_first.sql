-- Orders that programs make, and notices to merchants' servers, are listed by when they came: their ids are derived, and
-- don't tell. Notices are looked for by their status, too: the few that were given up, among a million that were delivered.

drop index wire.merchant_orders_of_a_shop;
create index merchant_orders_of_a_shop on wire.merchant_orders (shop_id, created_at desc, id desc);
drop index webhooks.messages_of_an_owner;
create index messages_of_an_owner on webhooks.messages (owner_id, created_at desc, id desc);
create index messages_of_an_owner_by_status on webhooks.messages (owner_id, status, created_at desc, id desc);
