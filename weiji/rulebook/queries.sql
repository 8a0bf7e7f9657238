-- name: get_in_force
-- A version that was published later goes before one that takes effect later.
select version, effective_at, rules, author_id, approver_id, reason, created_at from rulebook.versions
where name = $1 and effective_at <= $2
order by version desc
limit 1;

-- name: list_in_force
select distinct on (name) name, version, effective_at, rules, author_id, approver_id, reason, created_at from rulebook.versions
where name = any ($1::text[]) and effective_at <= $2
order by name, version desc;

-- name: list_versions
-- With the names of those who published them, so that a page need not ask for them.
select v.version, v.effective_at, v.rules, v.author_id, v.approver_id, v.reason, v.created_at,
  (select p.display_name from identity.public_people p where p.shard = kit.shard_of(v.author_id) and p.id = v.author_id) as author,
  (select p.display_name from identity.public_people p where p.shard = kit.shard_of(v.approver_id) and p.id = v.approver_id)
    as approver
from rulebook.versions v
where v.name = $1 and ($2::integer is null or v.version < $2)
order by v.version desc
limit $3;

-- name: add_version
insert into rulebook.versions (name, version, effective_at, rules, author_id, approver_id, reason, created_at)
select $1, $2, $3, $4, $5, $6, $7, $8
where $2 = (select max(version) + 1 from rulebook.versions where name = $1)
on conflict do nothing
returning version;
