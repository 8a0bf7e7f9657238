-- pre: Whoever comes is told that their name was taken, and why, until they found another.
create or replace view identity.callers as
select p.shard, p.id as person_id, p.handle, p.display_name, p.locale,
  array(
    select r.scope || ' ' || r.role
    from identity.roles r
    where r.shard = p.shard and r.person_id = p.id
    order by r.scope, r.role
  ) as roles,
  p.taken_reason
from identity.people p;
