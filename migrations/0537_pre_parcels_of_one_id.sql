-- Senders may give parcels of several orders one id: each is followed by itself. `sent_as` is that id, null where it is
-- the parcel's own.
alter table carriers.parcels add column sent_as uuid;
create unique index parcels_followed_once on carriers.parcels (coalesce(sent_as, id), order_id, shard);
create or replace view carriers.public_parcels as
select shard, coalesce(sent_as, id) as id, order_id, shop_id, carrier, tracking_number, state, shipped_at, delivered_at, told_at,
  case_id, id as followed_id
from carriers.parcels;
