-- name: lock_wallets
-- In the order of their owners, so that two batches never wait for each other.
select person_id, state, times, told_at, due_at, moved_at, ended_at
from dormancy.wallets
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[])
order by person_id
for no key update;

-- name: put_wallets
-- Behind their locks; of two who tell of a wallet for the first time at once, the second says the same.
insert into dormancy.wallets (shard, person_id, state, times, told_at, due_at, moved_at, ended_at)
select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::integer[], $5::timestamptz[], $6::timestamptz[],
  $7::timestamptz[], $8::timestamptz[])
on conflict (person_id, shard) do update
set state = excluded.state, times = excluded.times, told_at = excluded.told_at, due_at = excluded.due_at,
  moved_at = excluded.moved_at, ended_at = excluded.ended_at;

-- name: find_told
select person_id from dormancy.wallets
where shard = any ($1::smallint[]) and person_id = any ($2::uuid[]) and state = 'told';

-- name: get_dormant
select a.owner_id, (a.credits_posted - a.debits_posted)::bigint as amount
from ledger.public_accounts a
where a.shard = any ($1::smallint[]) and a.owner_id = any ($2::uuid[]) and a.code = 2015;

-- name: get_dormancy
select w.person_id, w.state, w.times, w.told_at, w.due_at, w.moved_at, w.ended_at,
  coalesce((select a.credits_posted - a.debits_posted from ledger.public_accounts a
    where a.shard = w.shard and a.owner_id = w.person_id and a.code = 2015), 0)::bigint as dormant,
  coalesce((select a.credits_posted - a.debits_posted - a.debits_pending from ledger.public_accounts a
    where a.shard = w.shard and a.owner_id = w.person_id and a.code = 2010), 0)::bigint as available
from dormancy.wallets w
where w.shard = $1 and w.person_id = $2;

-- name: list_lying
-- Wallets in a state ($1) after an owner ($2), with the sums of all: one row with the sums alone where there is none.
select s.amount, s.dormant_wallets, s.told_wallets, w.person_id, w.state, w.times, w.told_at, w.due_at, w.moved_at,
  w.ended_at, w.dormant, w.available
from (
  select
    (select coalesce(sum(a.credits_posted - a.debits_posted), 0)::bigint from ledger.public_accounts a
     where a.shard between 0 and 63 and a.code = 2015) as amount,
    (select count(*)::integer from dormancy.wallets d where d.shard between 0 and 63 and d.state = 'dormant') as dormant_wallets,
    (select count(*)::integer from dormancy.wallets d where d.shard between 0 and 63 and d.state = 'told') as told_wallets
) as s
left join (
  select d.person_id, d.state, d.times, d.told_at, d.due_at, d.moved_at, d.ended_at,
    coalesce((select a.credits_posted - a.debits_posted from ledger.public_accounts a
      where a.shard = d.shard and a.owner_id = d.person_id and a.code = 2015), 0)::bigint as dormant,
    coalesce((select a.credits_posted - a.debits_posted - a.debits_pending from ledger.public_accounts a
      where a.shard = d.shard and a.owner_id = d.person_id and a.code = 2010), 0)::bigint as available
  from dormancy.wallets d
  where d.shard between 0 and 63 and d.state = $1 and ($2::uuid is null or d.person_id > $2)
  order by d.person_id
  limit $3
) as w on true
order by w.person_id;
