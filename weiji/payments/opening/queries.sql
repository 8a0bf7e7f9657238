-- name: get_channels
select name, version, is_open, settings, secrets, changed_at
from payments.channels
order by name;

-- name: lock_channels
-- In the order of names, so that two batches never wait for each other.
select name, version
from payments.channels
where name = any ($1::text[])
order by name
for no key update;

-- name: add_channels
-- Of two that save a first version at once, one finds it taken.
insert into payments.channels (name, version, is_open, settings, secrets, changed_at)
select a.name, a.version, a.is_open, a.settings, a.secrets, $6
from unnest($1::text[], $2::integer[], $3::boolean[], $4::jsonb[], $5::jsonb[])
  as a (name, version, is_open, settings, secrets)
order by a.name
on conflict (name) do nothing
returning name;

-- name: change_channels
update payments.channels t
set version = c.version, is_open = c.is_open, settings = c.settings, secrets = c.secrets, changed_at = $6
from unnest($1::text[], $2::integer[], $3::boolean[], $4::jsonb[], $5::jsonb[])
  as c (name, version, is_open, settings, secrets)
where t.name = c.name;
