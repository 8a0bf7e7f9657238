-- pre: Which shops have goods to give back, or their money: as long as they do, their deposit stays.
create view aftersale.public_to_give_back as
  select shard, id as case_id, shop_id from aftersale.cases where state = 'to_give_back' and ended_at is null;
grant select on aftersale.public_to_give_back to weiji_app;
