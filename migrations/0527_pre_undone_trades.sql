-- pre: An order of which nothing is left that was paid is no trade; who had a name taken is called what they are called now.
create or replace view orders.public_orders as
select shard, id, number, shop_id, shop_name, buyer_id, buyer_name, state, settled_at, total, placed_at, paid_at, ships_at,
  refunded > 0 and refunded = total as is_undone
from orders.orders;

create or replace view identity.public_people as
select shard, id, display_name, taken_name is not null as had_name_taken
from identity.people;
