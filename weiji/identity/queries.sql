-- name: find_people
select id, handle, phone from identity.people where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: find_names
-- The registry is keyed by the name itself, so there is no shard to name.
select name, person_id from identity.names where name = any ($1::text[]);

-- name: add_names
insert into identity.names (name, person_id, created_at)
select name, person_id, $3 from unnest($1::text[], $2::uuid[]) as n (name, person_id);

-- name: remove_name
delete from identity.names where name = $1 and person_id = $2;

-- name: set_phone
update identity.people set phone = $3 where shard = $1 and id = $2;

-- name: add_people
insert into identity.people
  (shard, id, handle, phone, display_name, locale, password_hash, password_changed_at, created_at)
select shard, id, handle, phone, display_name, locale, password_hash, $8, $8
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[])
  as p (shard, id, handle, phone, display_name, locale, password_hash);

-- name: get_people
select id, handle, display_name from identity.people where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: get_named_since
-- People of a shard who have their name since some time or later, some at a time.
select id, handle, display_name from identity.people
where shard = $1 and id > $2 and coalesce(named_at, created_at) > $3
order by id
limit $4;

-- name: get_profile
select p.id, p.handle, p.phone, p.display_name, p.locale, p.created_at,
  w.person_id is not null as has_payment_password, w.reset_asked_at, w.reset_opens_at, w.reset_closes_at,
  c.made_at as recovery_code_made_at, f.added_at as second_factor_added_at, p.taken_reason
from identity.people p
left join identity.payment_passwords w on w.shard = p.shard and w.person_id = p.id
left join identity.recovery_codes c on c.shard = p.shard and c.person_id = p.id
left join identity.second_factors f on f.shard = p.shard and f.person_id = p.id
where p.shard = $1 and p.id = $2;

-- name: lock_people
-- A statement of its own: what is read after it sees what the last holder of the lock committed.
select id, display_name, locale, taken_name
from identity.people
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: change_profiles
update identity.people p set display_name = c.display_name, locale = c.locale,
  named_at = case when p.display_name = c.display_name then p.named_at else $5 end,
  taken_reason = case when p.display_name = c.display_name then p.taken_reason else '' end
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[]) as c (shard, id, display_name, locale)
where p.shard = any ($1::smallint[]) and p.shard = c.shard and p.id = c.id;

-- name: take_names
update identity.people p set display_name = c.display_name, taken_name = p.display_name, taken_reason = c.reason, named_at = $5
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[]) as c (shard, id, display_name, reason)
where p.shard = any ($1::smallint[]) and p.shard = c.shard and p.id = c.id;

-- name: get_password
select id, handle, phone, password_hash from identity.people where shard = $1 and id = $2;

-- name: change_password
-- Only if it still is the one that was checked.
update identity.people set password_hash = $4, password_changed_at = $5
where shard = $1 and id = $2 and password_hash = $3
returning id;

-- name: set_password
-- Whatever it was before: for who has shown a recovery code, and holds the person.
update identity.people set password_hash = $3, password_changed_at = $4 where shard = $1 and id = $2;

-- name: find_recovery_code
-- Whose code it is, and what they are called. Of somebody whom there is not, it looks as long.
select p.id, p.handle, p.phone
from identity.recovery_codes c
join identity.people p on p.shard = c.shard and p.id = c.person_id
where c.shard = $1 and c.person_id = $2 and c.code_hash = $3;

-- name: use_recovery_code
delete from identity.recovery_codes where shard = $1 and person_id = $2 and code_hash = $3 returning person_id;

-- name: end_recovery_code
delete from identity.recovery_codes where shard = $1 and person_id = $2 returning person_id;

-- name: add_recovery_code
insert into identity.recovery_codes (shard, person_id, code_hash, made_at) values ($1, $2, $3, $4);

-- name: has_recovery_code
select exists (select from identity.recovery_codes where shard = $1 and person_id = $2);

-- name: has_second_factor
select exists (select from identity.second_factors where shard = $1 and person_id = $2);

-- name: lock_second_factor
select secret_sealed, last_step from identity.second_factors where shard = $1 and person_id = $2 for no key update;

-- name: add_second_factor
insert into identity.second_factors (shard, person_id, secret_sealed, last_step, added_at) values ($1, $2, $3, $4, $5);

-- name: use_step
update identity.second_factors set last_step = $3 where shard = $1 and person_id = $2;

-- name: remove_second_factor
delete from identity.second_factors where shard = $1 and person_id = $2 returning person_id;

-- name: hold_password
-- No other is set until this transaction ends. No row: it is not the one that was checked any more.
select id from identity.people where shard = $1 and id = $2 and password_hash = $3 for no key update;

-- name: count_attempt
-- One row back: the attempt may go on, and is counted. No row: locked. $3 tries, then a lock until the first of $4, after as many
-- more the second, …; where none was tried since $5 counting starts again.
insert into identity.attempts as a (key, attempts, locked_until, attempted_at)
values ($1, 1, case when $3::integer = 1 then ($4::timestamptz[])[1] end, $2)
on conflict (key) do update set
  attempts = case when a.attempted_at < $5::timestamptz then 1 else a.attempts + 1 end,
  locked_until = case
    when ($5 is null or a.attempted_at >= $5) and (a.attempts + 1) % $3 = 0
    then ($4::timestamptz[])[least((a.attempts + 1) / $3, cardinality($4::timestamptz[]))]
  end,
  attempted_at = $2
where a.locked_until is null or a.locked_until <= $2
returning attempts, locked_until;

-- name: get_attempts
select locked_until from identity.attempts where key = $1;

-- name: forget_attempts_of
delete from identity.attempts where key = $1;

-- name: uncount_attempt
-- An attempt that was right counts for nothing, and those that were wrong still count.
update identity.attempts set attempts = greatest(attempts - 1, 0), locked_until = null where key = $1;

-- name: forget_attempts
delete from identity.attempts where key = any (array(
  select key from identity.attempts where attempted_at < $1 order by attempted_at limit $2))
returning key;

-- name: end_surplus_sessions
delete from identity.sessions s
using (
  select shard, id, row_number() over (partition by shard, person_id order by seen_at desc, id desc) as place
  from identity.sessions
  where shard = any ($1::smallint[]) and person_id = any ($2::uuid[])
) as ranked
where s.shard = any ($1::smallint[]) and s.shard = ranked.shard and s.id = ranked.id and ranked.place > $3;

-- name: start_sessions
insert into identity.sessions
  (shard, id, person_id, secret_hash, address, user_agent, created_at, seen_at, idle_at, expires_at)
select shard, id, person_id, secret_hash, address::inet, user_agent, $7, $7, $8, $9
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bytea[], $5::text[], $6::text[])
  as s (shard, id, person_id, secret_hash, address, user_agent);

-- name: end_sessions
delete from identity.sessions s
using unnest($1::smallint[], $2::uuid[], $3::uuid[]) as e (shard, id, person_id)
where s.shard = any ($1::smallint[]) and s.shard = e.shard and s.id = e.id and s.person_id = e.person_id
returning s.id, s.person_id;

-- name: end_other_sessions
delete from identity.sessions s
using unnest($1::smallint[], $2::uuid[], $3::uuid[]) as e (shard, person_id, keep_id)
where s.shard = any ($1::smallint[]) and s.shard = e.shard and s.person_id = e.person_id
  and s.id is distinct from e.keep_id
returning s.id, s.person_id;

-- name: end_presented_session
delete from identity.sessions where shard = $1 and id = $2 and secret_hash = $3 returning person_id;

-- name: forget_sessions
delete from identity.sessions s
using (
  select shard, id from identity.sessions where shard between 0 and 63 and idle_at < $1 order by idle_at limit $2
) as gone
where s.shard between 0 and 63 and s.shard = gone.shard and s.id = gone.id
returning s.id;

-- name: get_signed_in
select distinct person_id from identity.sessions where shard between 0 and 63 limit $1;

-- name: get_sessions
select id, host(address) as address, user_agent, created_at, seen_at, expires_at
from identity.sessions
where shard = $1 and person_id = $2 and idle_at > $3
order by seen_at desc, id desc
limit 100;

-- name: find_session
-- Who is asking, and by the way that they were here. The write decides by itself, and moves `idle_at` only from one time
-- to come to another: what is read is the same whether it is seen or not.
with touched as (
  update identity.sessions set seen_at = $4, idle_at = least($4::timestamptz + $6::interval, expires_at)
  where shard = $1 and id = $2 and secret_hash = $3 and idle_at > $4 and seen_at < $5
)
select s.person_id, s.secret_hash, c.handle, c.display_name, c.locale, c.roles, c.taken_reason, w.reset_asked_at, w.reset_opens_at,
  f.person_id is not null as has_second_factor
from identity.sessions s
join identity.callers c on c.shard = s.shard and c.person_id = s.person_id
left join identity.payment_passwords w on w.shard = s.shard and w.person_id = s.person_id and w.reset_closes_at > $4
left join identity.second_factors f on f.shard = s.shard and f.person_id = s.person_id
where s.shard = $1 and s.id = $2 and s.idle_at > $4;

-- name: grant_roles
insert into identity.roles (shard, person_id, scope, role, granted_at)
select shard, person_id, scope, role, $5
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[]) as g (shard, person_id, scope, role)
order by person_id, scope, role
on conflict do nothing
returning person_id, scope, role;

-- name: revoke_roles
delete from identity.roles r
using unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[]) as g (shard, person_id, scope, role)
where r.shard = any ($1::smallint[]) and r.shard = g.shard and r.person_id = g.person_id and r.scope = g.scope
  and r.role = g.role
returning r.person_id, r.scope, r.role;

-- name: get_addresses
select person_id, id, region, contact, is_default, created_at, region_code, tag
from identity.addresses
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[])
order by is_default desc, created_at desc, id desc
limit $3;

-- name: clear_default_addresses
-- Before another is made the default: at no moment are there two.
update identity.addresses set is_default = false
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[]) and is_default;

-- name: put_addresses
insert into identity.addresses (shard, person_id, id, region, contact, is_default, created_at, region_code, tag)
select shard, person_id, id, region, contact, is_default, created_at, region_code, tag
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::boolean[], $7::timestamptz[], $8::text[],
  $9::text[]) as a (shard, person_id, id, region, contact, is_default, created_at, region_code, tag)
on conflict (person_id, id, shard) do update set
  region = excluded.region, contact = excluded.contact, is_default = excluded.is_default,
  region_code = excluded.region_code, tag = excluded.tag;

-- name: remove_addresses
delete from identity.addresses a
using unnest($1::smallint[], $2::uuid[], $3::uuid[]) as g (shard, person_id, id)
where a.shard = any ($1::smallint[]) and a.shard = g.shard and a.person_id = g.person_id and a.id = g.id;

-- name: count_payment_attempt
-- One row back: the password may be checked, and the try is counted whatever comes of it. No row: locked, or none set.
update identity.payment_passwords set
  attempts = attempts + 1,
  locked_until = case when (attempts + 1) % $4::integer = 0
    then ($5::timestamptz[])[least((attempts + 1) / $4, cardinality($5::timestamptz[]))] end
where shard = $1 and person_id = $2 and (locked_until is null or locked_until <= $3)
returning password_hash, attempts, locked_until;

-- name: get_payment_lock
select locked_until from identity.payment_passwords where shard = $1 and person_id = $2;

-- name: forget_payment_attempts
update identity.payment_passwords set attempts = 0, locked_until = null
where shard = $1 and person_id = $2 and password_hash = $3;

-- name: lock_day_of_digits
-- A statement of its own: what is read after it sees what the last holder of the lock committed.
select spent_on, spent, counted from identity.payment_passwords where shard = $1 and person_id = $2 for no key update;

-- name: count_spent_by_digits
update identity.payment_passwords set spent_on = $3, spent = $4, counted = $5 where shard = $1 and person_id = $2;

-- name: add_payment_password
insert into identity.payment_passwords (shard, person_id, password_hash, attempts, set_at)
values ($1, $2, $3, 0, $4);

-- name: lock_payment_passwords
-- A statement of its own, in one order: what is decided by it stands until the transaction ends.
select person_id, password_hash, reset_asked_at, reset_opens_at, reset_closes_at
from identity.payment_passwords
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[])
order by person_id
for no key update;

-- name: change_payment_password
-- Nothing is left of a reset, or a lock, of the one before.
update identity.payment_passwords set
  password_hash = $3, attempts = 0, locked_until = null, set_at = $4,
  reset_asked_at = null, reset_opens_at = null, reset_closes_at = null
where shard = $1 and person_id = $2;

-- name: ask_payment_password_reset
update identity.payment_passwords set reset_asked_at = $3, reset_opens_at = $4, reset_closes_at = $5
where shard = $1 and person_id = $2;

-- name: cancel_payment_password_resets
update identity.payment_passwords set reset_asked_at = null, reset_opens_at = null, reset_closes_at = null
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[]);

-- name: lock_allowances
-- A statement of its own, in one order: two batches never wait for each other in a circle.
select person_id, id, key_id, amount, spent, expires_at, created_at, revoked_at
from identity.allowances
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[]) and id = any ($3::uuid[])
order by person_id, id
for no key update;

-- name: find_spendings
select person_id, id, allowance_id, amount
from identity.allowance_spendings
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[]) and id = any ($3::uuid[]);

-- name: add_allowances
insert into identity.allowances (shard, person_id, id, key_id, amount, spent, expires_at, created_at)
select shard, person_id, id, key_id, amount, 0, expires_at, $7
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::timestamptz[])
  as a (shard, person_id, id, key_id, amount, expires_at);

-- name: change_allowances
-- Together with what was spent of them.
with spent as (
  insert into identity.allowance_spendings (shard, person_id, id, allowance_id, amount, created_at)
  select shard, person_id, id, allowance_id, amount, $11
  from unnest($6::smallint[], $7::uuid[], $8::uuid[], $9::uuid[], $10::bigint[])
    as s (shard, person_id, id, allowance_id, amount)
)
update identity.allowances a set spent = c.spent, revoked_at = c.revoked_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[])
  as c (shard, person_id, id, spent, revoked_at)
where a.shard = any ($1::smallint[]) and a.shard = c.shard and a.person_id = c.person_id and a.id = c.id;

-- name: get_allowances
select person_id, id, key_id, amount, spent, expires_at, created_at, revoked_at
from identity.allowances
where shard = $1 and person_id = $2
order by id desc
limit $3;
