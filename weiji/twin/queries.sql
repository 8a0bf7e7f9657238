-- name: add_tickets
-- A ticket that is there already let somebody in before.
insert into twin.tickets (shard, id, shop_id, person_id, expires_at)
select kit.shard_of(t.id), t.id, t.shop_id, t.person_id, t.expires_at
from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[]) as t (id, shop_id, person_id, expires_at)
where kit.shard_of(t.id) = any ($1::smallint[])
on conflict do nothing
returning id;

-- name: forget_tickets
-- Those that nobody could use any more are no longer looked for.
delete from twin.tickets
where shard = any ($1::smallint[]) and expires_at < $2;
