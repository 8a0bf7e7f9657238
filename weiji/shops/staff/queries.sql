-- name: get_members
select shop_id, person_id, role, joined_at
from shops.members
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[])
order by shop_id, joined_at, person_id;

-- name: get_open_invitations
-- Those of these shops that wait for an answer, and those that are named.
select id, shop_id, person_id, role, inviter_id, state, invited_at, expires_at
from shops.invitations
where shard = any ($1::smallint[])
  and (id = any ($2::uuid[]) or shop_id = any ($3::uuid[]) and state = 'pending' and expires_at > $4)
order by invited_at, id;

-- name: put_members
-- Who is the owner no longer comes first: at no moment are there two.
insert into shops.members (shard, shop_id, person_id, role, joined_at)
select shard, shop_id, person_id, role, joined_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
  as m (shard, shop_id, person_id, role, joined_at)
order by role = 'owner'
on conflict (shop_id, person_id, shard) do update set role = excluded.role;

-- name: remove_members
delete from shops.members m
using unnest($1::smallint[], $2::uuid[], $3::uuid[]) as r (shard, shop_id, person_id)
where m.shard = any ($1::smallint[]) and m.shard = r.shard and m.shop_id = r.shop_id and m.person_id = r.person_id;

-- name: put_invitations
insert into shops.invitations (shard, id, shop_id, person_id, role, inviter_id, state, invited_at, expires_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[],
  $8::timestamptz[], $9::timestamptz[])
on conflict (id, shard) do update set state = excluded.state;

-- name: get_staff
-- A shop's people and whom it invited, for its page.
select s.id, s.handle, s.name,
  (select jsonb_agg(jsonb_build_array(m.person_id, m.role, m.joined_at) order by m.joined_at, m.person_id)
   from shops.members m where m.shard = s.shard and m.shop_id = s.id) as members,
  (select jsonb_agg(jsonb_build_array(i.id, i.person_id, i.role, i.expires_at) order by i.invited_at, i.id)
   from shops.invitations i
   where i.shard = s.shard and i.shop_id = s.id and i.state = 'pending' and i.expires_at > $3) as invitations
from shops.shops s
where s.shard = $1 and s.id = $2;

-- name: get_invitations_of_person
-- What somebody is asked. Shops may be anywhere.
select i.id, i.shop_id, i.role, i.inviter_id, i.expires_at, s.name, s.handle, s.colour
from shops.invitations i
join shops.shops s on s.shard = i.shard and s.id = i.shop_id
where i.shard between 0 and 63 and i.person_id = $1 and i.state = 'pending' and i.expires_at > $2
order by i.invited_at desc, i.id
limit $3;
