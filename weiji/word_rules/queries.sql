-- name: get_latest
select version, id, rules, put, retired, author_id, reason, created_at
from word_rules.versions
order by version desc
limit 1;

-- name: list_versions
select version, rules, put, retired, author_id, reason, created_at, approver_id
from word_rules.versions
where version < coalesce($1, 2147483647)
order by version desc
limit $2;

-- name: add_version
-- Whoever comes second waits for the first, and then finds the number taken.
insert into word_rules.versions (version, id, rules, put, retired, author_id, reason, created_at, approver_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict do nothing
returning version;

-- name: end_rules
update word_rules.rules set to_version = $2 where id = any ($1::uuid[]) and to_version is null;

-- name: add_rules
insert into word_rules.rules (id, from_version, name, rule)
select r.id, $4, r.name, r.rule from unnest($1::uuid[], $2::text[], $3::jsonb[]) as r (id, name, rule);

-- name: get_rules
select rule from word_rules.rules where id = any ($1::uuid[]) and to_version is null;

-- name: get_rules_of_version
select rule from word_rules.rules where from_version <= $1 and (to_version is null or to_version > $1) order by id;

-- name: get_tried
select fingerprint, tried_at, trial_id, found from word_rules.trials where fingerprint = any ($1::text[]) and tried_at > $2;

-- name: note_trials
insert into word_rules.trials (fingerprint, found, trial_id, tried_at)
select n.fingerprint, n.found, $3::uuid, $4::timestamptz from unnest($1::text[], $2::jsonb[]) as n (fingerprint, found)
order by n.fingerprint
on conflict (fingerprint) do update
set tried_at = excluded.tried_at, trial_id = excluded.trial_id, found = excluded.found
where trials.tried_at <= excluded.tried_at;

-- name: forget_trials
delete from word_rules.trials where tried_at < $1;

-- name: add_draft
insert into word_rules.drafts (digest, put, retired, rule_ids, trials, drafted_at)
values ($1, $2, $3::uuid[], $4::uuid[], $5, $6)
on conflict (digest) do nothing;

-- name: forget_drafts
-- Old ones, and the one that is proposed again ($2), which begins anew: what only retires is the same draft whenever it is made.
delete from word_rules.drafts where drafted_at < $1 or digest = $2;

-- name: get_draft
-- A draft, with the rules in force that it replaces or retires.
select d.put, d.retired, d.trials,
  (select jsonb_agg(r.rule order by r.name, r.id) from word_rules.rules r where r.id = any (d.rule_ids) and r.to_version is null) as known
from word_rules.drafts d
where d.digest = $1;

-- name: find_rules
-- Rules by what their names or words have in them, in the order of their names.
select rule from word_rules.rules
where to_version is null and ($1 = '' or name ilike $1 or (rule -> 'words')::text ilike $1)
  and (name, id) > ($2, $3)
order by name, id
limit $4;

-- name: get_history
-- What a rule was, the latest first.
select r.rule, r.from_version, r.to_version, v.author_id, v.reason, v.created_at
from word_rules.rules r
join word_rules.versions v on v.version = r.from_version
where r.id = $1
order by r.from_version desc
limit $2;

-- name: get_allowances
select a.subject_id, a.rule_id, a.word
from unnest($1::smallint[], $2::uuid[]) as asked (shard, id)
join word_rules.allowances a on a.shard = asked.shard and a.subject_id = asked.id
where a.shard = any ($1::smallint[]);

-- name: add_allowances
insert into word_rules.allowances (shard, subject_id, rule_id, word, allowed_at)
select n.shard, n.subject_id, n.rule_id, n.word, $5
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[]) as n (shard, subject_id, rule_id, word)
on conflict (subject_id, rule_id, word, shard) do nothing;
