-- While a buyer and a shop are before arbiters the shop takes nothing of its deposit back.
create view disputes.public_open as
  select shard, case_id, shop_id from disputes.disputes where ended_at is null;
create index disputes_open_of_a_shop on disputes.disputes (shop_id) where ended_at is null;
grant select on disputes.public_open to weiji_app;
