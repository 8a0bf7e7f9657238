-- pre: While the staff are to decide a complaint about a merchant order the shop takes nothing of its deposit back, and as long
-- as one is open a shop that is being closed is not over.
create view wire.public_open_complaints as
  select shard, shop_id, state in ('reviewing', 'proposed') as is_with_staff from wire.complaints where due_at is not null;
create index complaints_open_of_a_shop on wire.complaints (shop_id) where due_at is not null;
grant select on wire.public_open_complaints to weiji_app;
