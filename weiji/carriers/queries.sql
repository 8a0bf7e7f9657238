-- name: follow_parcels
insert into carriers.parcels
  (shard, id, order_id, shop_id, carrier, tracking_number, phone_end, region, shipped_at, poll_at, case_id, sent_as)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::timestamptz[], $10::timestamptz[], $11::uuid[], $12::uuid[])
on conflict do nothing
returning id;

-- name: get_newest
-- When the newest parcel of an order that is followed was sent: what was sent since may be new. What comes back is followed
-- at once, so it tells nothing of others.
select max(shipped_at) from carriers.parcels where shard between 0 and 63 and case_id is null;

-- name: lock_due_parcels
select id, carrier, tracking_number, phone_end, region, shipped_at, order_id, shop_id, state, delivered_at, told_at, poll_at,
  subscribed_at, failures, case_id, sent_as
from carriers.parcels
where shard = any ($1::smallint[]) and poll_at <= $2
order by poll_at
limit $3
for no key update skip locked;

-- name: put_off
-- Whoever asks has so long; should they die, the parcels come due again then.
update carriers.parcels set poll_at = $3 where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: find_parcels
-- By what a tracker calls them. Several orders may have gone in one parcel.
select id, carrier, tracking_number from carriers.parcels
where shard between 0 and 63 and tracking_number = any ($1::text[]) and shipped_at > $2
limit $3;

-- name: lock_parcels
select id, carrier, tracking_number, phone_end, region, shipped_at, order_id, shop_id, state, delivered_at, told_at, poll_at,
  subscribed_at, failures, case_id, sent_as
from carriers.parcels
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: add_events
insert into carriers.events (shard, parcel_id, id, at, state, place, text)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
on conflict do nothing;

-- name: update_parcels
update carriers.parcels p
set state = m.state, delivered_at = m.delivered_at, told_at = m.told_at, poll_at = m.poll_at,
  subscribed_at = m.subscribed_at, failures = m.failures
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
  $7::timestamptz[], $8::smallint[])
  as m (shard, id, state, delivered_at, told_at, poll_at, subscribed_at, failures)
where p.shard = any ($1::smallint[]) and p.shard = m.shard and p.id = m.id;
