-- name: hold_turn
-- A statement of its own: what is read after it sees what the last holder committed.
select is_only from identity.staff_turn for update;

-- name: get_roles
-- All who may give roles, and what roles some people have.
select person_id, role from identity.roles
where shard between 0 and 63 and scope = 'platform' and (role = 'operator' or person_id = any ($1::uuid[]));

-- name: get_second_factors
-- Which of some people have one. By who holds those people: nobody else turns one on or off.
select person_id from identity.second_factors where shard = any ($1::smallint[]) and person_id = any ($2::uuid[]);

-- name: remove_second_factors
delete from identity.second_factors where shard = any ($1::smallint[]) and person_id = any ($2::uuid[]);

-- name: add_changes
insert into identity.staff_changes (shard, id, person_id, role, is_given, proposed_by, proposal_id, actor_id, reason, at)
select shard, id, person_id, role, is_given, proposed_by, proposal_id, actor_id, reason, $10
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::boolean[], $6::uuid[], $7::uuid[], $8::uuid[], $9::text[])
  as c (shard, id, person_id, role, is_given, proposed_by, proposal_id, actor_id, reason);

-- name: list_staff
-- Who works for the operator, or only one of them ($1), after another ($2), with who gave what, and how often they are signed in.
select p.id as person_id, p.handle, p.display_name, w.roles, s.sessions, s.seen_at,
  exists (select from identity.second_factors f where f.shard = w.shard and f.person_id = w.person_id) as has_second_factor
from (
  select r.shard, r.person_id, jsonb_agg(jsonb_build_object('role', r.role, 'given_at', r.granted_at,
    'proposed_by', c.proposed_by, 'given_by', c.actor_id, 'proposer', (select m.display_name from identity.people m
      where m.shard = kit.shard_of(c.proposed_by) and m.id = c.proposed_by),
    'giver', (select a.display_name from identity.people a
      where a.shard = kit.shard_of(c.actor_id) and a.id = c.actor_id))) as roles
  from identity.roles r
  left join lateral (
    select g.proposed_by, g.actor_id from identity.staff_changes g
    where g.shard = r.shard and g.person_id = r.person_id and g.role = r.role and g.is_given
    order by g.at desc limit 1) c on true
  where r.shard between 0 and 63 and r.scope = 'platform' and ($1::uuid is null or r.person_id = $1)
    and ($2::uuid is null or r.person_id > $2)
  group by r.shard, r.person_id
  order by r.person_id
  limit $3) w
join identity.people p on p.shard = w.shard and p.id = w.person_id
left join lateral (
  select count(*) as sessions, max(e.seen_at) as seen_at from identity.sessions e
  where e.shard = w.shard and e.person_id = w.person_id and e.idle_at > $4) s on true
order by p.id;

-- name: list_changes
-- Roles that were given and taken, of one person ($1) or of all, the latest first, before another.
select c.id, c.person_id, c.role, c.is_given, c.proposed_by, c.actor_id, c.reason, c.proposal_id, c.at,
  (select p.display_name from identity.people p where p.shard = c.shard and p.id = c.person_id) as name,
  (select m.display_name from identity.people m where m.shard = kit.shard_of(c.proposed_by) and m.id = c.proposed_by)
    as proposer,
  (select a.display_name from identity.people a where a.shard = kit.shard_of(c.actor_id) and a.id = c.actor_id) as actor
from identity.staff_changes c
where c.shard between 0 and 63 and ($1::uuid is null or c.person_id = $1)
  and (c.at, c.id) < (coalesce($2, 'infinity'::timestamptz), coalesce($3, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by c.at desc, c.id desc
limit $4;
