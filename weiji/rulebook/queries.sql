-- name: get_in_force
-- A version that was published later goes before one that takes effect later.
select version, effective_at, rules, author_id, approver_id, reason, created_at from rulebook.versions
where name = $1 and effective_at <= $2
order by version desc
limit 1;

-- name: list_versions
select version, effective_at, rules, author_id, approver_id, reason, created_at from rulebook.versions
where name = $1 and ($2::integer is null or version < $2)
order by version desc
limit $3;

-- name: add_version
insert into rulebook.versions (name, version, effective_at, rules, author_id, approver_id, reason, created_at)
select $1, $2, $3, $4, $5, $6, $7, $8
where $2 = (select max(version) + 1 from rulebook.versions where name = $1)
on conflict do nothing
returning version;
