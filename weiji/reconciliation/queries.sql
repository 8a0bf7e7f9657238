-- name: get_statement
select s.id, s.channel, s.day, s.lines, s.matched, s.breaks, s.theirs, s.ours, s.matched_at, s.shortage, s.digest,
  (select count(*) from reconciliation.breaks b where b.shard between 0 and 63 and b.day = s.day and b.channel = s.channel
    and b.state <> 'resolved') as open
from reconciliation.statements s
where s.shard = $1 and s.id = $2;

-- name: get_day
-- A statement, with what channels said, from one time to another, that they paid to our bank, and what the bank was to pay, each
-- if there are breaks that may be of that; the latter first what one is alone. And with the lines that the bank may have taken back.
select s.id, s.channel, s.day, s.lines, s.matched, s.breaks, s.theirs, s.ours, s.matched_at, s.shortage,
  (select count(*) from reconciliation.breaks b where b.shard between 0 and 63 and b.day = s.day and b.channel = s.channel
    and b.state <> 'resolved') as open,
  (select coalesce(jsonb_agg(to_jsonb(u)), '[]') from (
    select p.shard, p.channel, p.reference, p.amount, p.at, p.is_arrived, p.is_returned
    from reconciliation.known_settlements p
    where p.shard between 0 and 63 and p.at >= $3 and p.at < $4
      and exists (select from reconciliation.breaks b where b.shard between 0 and 63 and b.day = s.day
        and b.channel = s.channel and b.state = 'open' and b.class = 'theirs_only')
    order by p.at desc limit $5) as u) as settlements,
  (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from (
    select p.shard, p.channel, p.reference, p.amount, p.at
    from payments.public_unmatched_transfers p
    where p.shard between 0 and 63 and p.at >= $3 and p.at < $4
      and exists (select from reconciliation.breaks b where b.shard between 0 and 63 and b.day = s.day
        and b.channel = s.channel and b.state = 'open' and b.kind = 'debit')
    order by exists (select from reconciliation.breaks b where b.shard between 0 and 63 and b.day = s.day
      and b.channel = s.channel and b.state = 'open' and b.kind = 'debit' and b.delta = -p.amount) desc, p.at desc
    limit $5) as t) as transfers,
  (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from (
    select c.shard, c.channel, c.reference, c.amount, c.at, c.about
    from reconciliation.correctable_lines c
    where c.shard between 0 and 63 and c.channel = s.channel and c.day = s.day
    order by c.at desc limit $5) as l) as correctable
from reconciliation.statements s
where s.shard = $1 and s.id = $2;

-- name: add_statement
insert into reconciliation.statements
  (shard, id, channel, day, digest, lines, matched, breaks, theirs, ours, matched_at, shortage)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: get_first_day
-- Since when statements of a channel are matched.
select min(day) as first, max(day) as last from reconciliation.statements where shard between 0 and 63 and channel = $1;

-- name: list_statements
select s.id, s.channel, s.day, s.lines, s.matched, s.breaks, s.theirs, s.ours, s.matched_at, s.shortage,
  (select count(*) from reconciliation.breaks b where b.shard between 0 and 63 and b.day = s.day and b.channel = s.channel
    and b.state <> 'resolved') as open
from reconciliation.statements s
where s.shard between 0 and 63 and (s.day, s.channel) < ($1, $2)
order by s.day desc, s.channel desc
limit $3;

-- name: find_differences
-- Both sides of a day, held against each other by the channel's reference: one hash join, whatever the number. What agrees
-- is counted, and only what does not is given. A fee that we do not know is null, and agrees with any.
with theirs as (
  select min(shard) as shard, kind, reference, count(*) as times, sum(amount)::bigint as amount, sum(fee)::bigint as fee,
    min(occurred_at) as at, (array_agg(request_id))[1] as request_id, max(about) as about
  from reconciliation.staged_lines
  where shard between 0 and 63 and statement_id = $1
  group by kind, reference
), ours as (
  select m.shard, m.kind, m.reference, m.amount, m.fee, m.at, m.subject_id
  from payments.public_movements m
  where m.shard between 0 and 63 and m.channel = $2 and m.at >= $3 and m.at < $4
)
select coalesce(t.kind, o.kind) as kind, coalesce(t.reference, o.reference) as reference,
  t.shard as t_shard, t.times, t.amount as t_amount, t.fee as t_fee, t.at as t_at, t.request_id, t.about,
  o.shard as o_shard, o.amount as o_amount, o.fee as o_fee, o.at as o_at, o.subject_id
from theirs t
full join ours o on o.kind = t.kind and o.reference = t.reference
where t.reference is null or o.reference is null or t.amount <> o.amount or t.fee <> o.fee
limit $5;

-- name: add_up
select
  (select coalesce(sum(amount), 0)::bigint from reconciliation.staged_lines
   where shard between 0 and 63 and statement_id = $1) as theirs,
  (select coalesce(sum(m.amount), 0)::bigint from payments.public_movements m
   where m.shard between 0 and 63 and m.channel = $2 and m.at >= $3 and m.at < $4) as ours;

-- name: has_movements
select exists (select 1 from payments.public_movements m
  where m.shard between 0 and 63 and m.channel = $1 and m.at >= $2 and m.at < $3);

-- name: find_movements
-- Movements of ours on other days, by the channel's reference.
select m.shard, m.kind, m.reference, m.subject_id, m.amount, m.fee, m.at
from payments.public_movements m
where m.shard between 0 and 63 and m.channel = $1 and m.at >= $2 and m.at < $3 and m.reference = any ($4::text[]);

-- name: drop_told_lines
-- What the bill of an account has that several channels may share: withdrawals, what came back, what they cost. Only
-- statements tell of those, so a break is about each that was told of.
with gone as (
  delete from reconciliation.staged_lines s
  where s.shard between 0 and 63 and s.statement_id = $1 and s.kind in ('settlement', 'settlement_return', 'fee')
    and exists (select from reconciliation.breaks b
      where b.shard = s.shard and b.reference = s.reference and b.kind = s.kind and b.channel = any ($2::text[]))
  returning 1
)
select count(*) from gone;

-- name: find_stray_lines
-- Money for nothing that a statement has, too.
select c.shard, c.reference
from payments.public_unmatched_captures c
where c.shard between 0 and 63 and c.channel = $2 and c.reference in (select s.reference from reconciliation.staged_lines s
  where s.shard between 0 and 63 and s.statement_id = $1 and s.kind = 'charge');

-- name: find_strays
-- Money for nothing of a channel that came before a time, and that no break ends, or is open about yet.
select c.shard, c.reference
from payments.public_unmatched_captures c
where c.shard between 0 and 63 and c.channel = $1 and ($2::timestamptz is null or c.captured_at < $2)
  and not exists (select from reconciliation.breaks b
    where b.shard = c.shard and b.channel = c.channel and b.reference = c.reference and b.kind = 'charge'
      and (b.told = 'unmatched' or b.closed_at is null))
order by c.captured_at, c.reference
limit $3;

-- name: find_moves
-- What moved on the bank account, and is nothing of ours, and that no break is about yet: money that went, and what the bank
-- takes back, with what was paid by the line that has the same number.
select m.shard, m.kind, m.reference, m.amount, m.at, (select l.subject_id from payments.public_bank_lines l
    where m.kind = 'credit_taken_back' and l.shard between 0 and 63 and l.channel = m.channel
      and l.event_id = 'line:' || m.reference) as payment_id
from payments.public_bank_moves m
where m.shard between 0 and 63 and not exists (select from reconciliation.breaks b
  where b.shard = m.shard and b.channel = m.channel and b.reference = m.reference and b.kind = m.kind and b.theirs = m.amount)
order by m.at, m.reference, m.amount
limit $1;

-- name: add_moves
-- What somebody else named meanwhile stays.
insert into reconciliation.breaks
  (shard, id, channel, day, kind, class, reference, theirs, occurred_at, delta, subject_id, is_due, state, found_at)
select m.shard, m.id, m.channel, m.day, m.kind, m.class, m.reference, m.theirs, m.occurred_at, m.delta, m.subject_id, true, 'open',
  $12
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::date[], $5::text[], $6::text[], $7::text[], $8::bigint[],
  $9::timestamptz[], $10::bigint[], $11::uuid[])
  as m (shard, id, channel, day, kind, class, reference, theirs, occurred_at, delta, subject_id)
on conflict do nothing;

-- name: list_stray_channels
-- Of which channels there is money for nothing, the bank's account aside.
select distinct c.channel from payments.public_unmatched_captures c where c.shard between 0 and 63 and c.channel <> $1
order by c.channel;

-- name: find_booked
-- About which money for nothing there is a break that ends it.
select b.id, b.shard, b.reference
from reconciliation.breaks b
where b.shard = any ($1::smallint[]) and b.channel = $2 and b.reference = any ($3::text[]) and b.kind = 'charge'
  and b.told = 'unmatched';

-- name: add_strays
insert into reconciliation.breaks
  (shard, id, channel, day, kind, class, reference, subject_id, ours, theirs, occurred_at, delta, is_due, told, posted_at,
   state, found_at)
select s.shard, s.id, s.channel, s.day, s.kind, s.class, s.reference, s.subject_id, s.amount, s.amount, s.occurred_at, s.amount,
  false, s.told, $12, 'open', $12
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::date[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::bigint[],
  $10::timestamptz[], $11::text[])
  as s (shard, id, channel, day, kind, class, reference, subject_id, amount, occurred_at, told);

-- name: find_own_funds
-- Where the operator's own money is enough for an amount, and most of it.
select a.shard from ledger.public_accounts a
where a.shard between 0 and 63 and a.owner_id is null and a.code = $1
  and a.credits_posted - a.debits_posted - a.debits_pending >= $2
order by a.credits_posted - a.debits_posted - a.debits_pending desc, a.shard
limit 1;

-- name: forget_lines
delete from reconciliation.staged_lines where shard between 0 and 63 and statement_id = $1;

-- name: find_breaks
-- Breaks of other days about the same transactions, the newest last.
select id, channel, day, kind, class, reference, subject_id, ours, theirs, fee, occurred_at, delta, is_due, is_to_tell, told,
  posted_at, state, resolution, note, proposed_by, resolved_by, found_at, resolved_at, closed_at, settlements, about
from reconciliation.breaks
where shard between 0 and 63 and channel = $1 and reference = any ($2::text[])
order by found_at, id;

-- name: add_breaks
insert into reconciliation.breaks
  (shard, id, channel, day, kind, class, reference, subject_id, ours, theirs, fee, occurred_at, delta, is_due, is_to_tell,
   state, resolution, found_at, resolved_at, about)
select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::date[], $5::text[], $6::text[], $7::text[], $8::uuid[],
  $9::bigint[], $10::bigint[], $11::bigint[], $12::timestamptz[], $13::bigint[], $14::boolean[], $15::boolean[],
  $16::text[], $17::text[], $18::timestamptz[], $19::timestamptz[], $20::text[]);

-- name: let_arrive
-- What was missing came on another day: the posting is taken back.
update reconciliation.breaks
set state = 'resolved', resolution = 'later_day', resolved_at = $3, is_due = true, proposed_by = null
where shard = any ($1::smallint[]) and id = any ($2::uuid[]) and state <> 'resolved';

-- name: get_due_breaks
select id, channel, day, kind, class, reference, subject_id, ours, theirs, fee, occurred_at, delta, is_due, is_to_tell, told,
  posted_at, state, resolution, note, proposed_by, resolved_by, found_at, resolved_at, closed_at, settlements, about
from reconciliation.breaks
where shard between 0 and 63 and (is_due or is_to_tell)
order by found_at, occurred_at, id
limit $1;

-- name: lock_breaks
select id, channel, day, kind, class, reference, subject_id, ours, theirs, fee, occurred_at, delta, is_due, is_to_tell, told,
  posted_at, state, resolution, note, proposed_by, resolved_by, found_at, resolved_at, closed_at, settlements, about
from reconciliation.breaks
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: update_breaks
update reconciliation.breaks b
set is_due = m.is_due, is_to_tell = m.is_to_tell, told = m.told, posted_at = m.posted_at, state = m.state,
  resolution = m.resolution, note = m.note, proposed_by = m.proposed_by, resolved_by = m.resolved_by,
  resolved_at = m.resolved_at, closed_at = m.closed_at, settlements = m.settlements::jsonb
from unnest($1::smallint[], $2::uuid[], $3::boolean[], $4::boolean[], $5::text[], $6::timestamptz[], $7::text[], $8::text[],
  $9::text[], $10::uuid[], $11::uuid[], $12::timestamptz[], $13::timestamptz[], $14::text[])
  as m (shard, id, is_due, is_to_tell, told, posted_at, state, resolution, note, proposed_by, resolved_by, resolved_at,
    closed_at, settlements)
where b.shard = any ($1::smallint[]) and b.shard = m.shard and b.id = m.id;

-- name: list_breaks
-- With what the bank's line says of money that came there, or went.
select b.id, b.channel, b.day, b.kind, b.class, b.reference, b.subject_id, b.ours, b.theirs, b.fee, b.occurred_at, b.delta, b.is_due,
  b.is_to_tell, b.told, b.posted_at, b.state, b.resolution, b.note, b.proposed_by, b.resolved_by, b.found_at, b.resolved_at,
  b.closed_at, b.settlements, b.about, l.raw as line,
  exists (select from reconciliation.statements s
    where s.shard between 0 and 63 and s.day = b.day and s.channel = b.channel) as has_statement
from reconciliation.breaks b
left join payments.public_bank_lines l on l.shard = b.shard and l.channel = b.channel and l.event_id = case b.kind
    when 'charge' then 'line:' || b.reference else b.kind || ':' || b.reference || ':' || b.theirs end
where b.shard between 0 and 63 and b.state = any ($1::text[]) and ($2::date is null or b.day = $2)
  and ($3::text is null or b.channel = $3) and ($7::text is null or b.kind = $7) and (b.found_at, b.id) > ($4, $5)
order by b.found_at, b.id
limit $6;

-- name: list_bank_breaks
-- What is open on the bank account, and booked, of some kinds, and of some amounts, if given: the oldest first.
select b.id, b.channel, b.day, b.kind, b.class, b.reference, b.subject_id, b.ours, b.theirs, b.fee, b.occurred_at, b.delta, b.is_due,
  b.is_to_tell, b.told, b.posted_at, b.state, b.resolution, b.note, b.proposed_by, b.resolved_by, b.found_at, b.resolved_at,
  b.closed_at, b.settlements, b.about, l.raw as line
from reconciliation.breaks b
left join payments.public_bank_lines l on l.shard = b.shard and l.channel = b.channel and l.event_id = case b.kind
    when 'charge' then 'line:' || b.reference else b.kind || ':' || b.reference || ':' || b.theirs end
where b.shard between 0 and 63 and b.channel = 'bank' and b.state = 'open' and b.posted_at is not null
  and b.kind = any ($1::text[]) and ($2::bigint[] is null or b.delta = any ($2)) and b.found_at > $3
order by b.found_at, b.id
limit $4;

-- name: list_corrected
-- The lines that breaks are proposed to take back, by the ids of their own breaks.
select (b.settlements -> 0 ->> 'reference')::uuid as id
from reconciliation.breaks b
where b.shard = any ($1::smallint[]) and b.id = any ($2::uuid[]) and b.resolution = 'corrected';

-- name: list_open_breaks
-- What is not over: first what somebody proposed, so that it is never behind what there is much of.
select b.id, b.channel, b.day, b.kind, b.class, b.reference, b.subject_id, b.ours, b.theirs, b.fee, b.occurred_at, b.delta, b.is_due,
  b.is_to_tell, b.told, b.posted_at, b.state, b.resolution, b.note, b.proposed_by, b.resolved_by, b.found_at, b.resolved_at,
  b.closed_at, b.settlements, b.about, l.raw as line,
  exists (select from reconciliation.statements s
    where s.shard between 0 and 63 and s.day = b.day and s.channel = b.channel) as has_statement
from reconciliation.breaks b
left join payments.public_bank_lines l on l.shard = b.shard and l.channel = b.channel and l.event_id = case b.kind
    when 'charge' then 'line:' || b.reference else b.kind || ':' || b.reference || ':' || b.theirs end
where b.shard between 0 and 63 and b.state <> 'resolved'
  and (array_position($1::text[], b.state), b.found_at, b.id) > ($2::integer, $3::timestamptz, $4::uuid)
order by array_position($1::text[], b.state), b.found_at, b.id
limit $5;

-- name: list_breaks_of_day
-- All of a day's, in the same order, and last what is over.
select b.id, b.channel, b.day, b.kind, b.class, b.reference, b.subject_id, b.ours, b.theirs, b.fee, b.occurred_at, b.delta, b.is_due,
  b.is_to_tell, b.told, b.posted_at, b.state, b.resolution, b.note, b.proposed_by, b.resolved_by, b.found_at, b.resolved_at,
  b.closed_at, b.settlements, b.about, l.raw as line
from reconciliation.breaks b
left join payments.public_bank_lines l on l.shard = b.shard and l.channel = b.channel and l.event_id = case b.kind
    when 'charge' then 'line:' || b.reference else b.kind || ':' || b.reference || ':' || b.theirs end
where b.shard between 0 and 63 and b.day = $6 and b.channel = $7
  and (array_position($1::text[], b.state), b.found_at, b.id) > ($2::integer, $3::timestamptz, $4::uuid)
order by array_position($1::text[], b.state), b.found_at, b.id
limit $5;

-- name: find_settlements
-- What channels said, at some stretches of time, that they paid to our bank, and that no money on the account is yet. The
-- stretches are in order: what is before the first and after the last is never read, whatever the plan.
select s.shard, s.channel, s.reference, s.amount, s.at, exists (select from reconciliation.returns r
    where r.shard = s.shard and r.channel = s.channel and r.reference = s.reference) as is_returned
from unnest($1::timestamptz[], $2::timestamptz[]) as w (begins_at, ends_at)
join payments.public_settlements s on s.shard between 0 and 63 and s.at >= w.begins_at and s.at < w.ends_at
where s.at >= ($1::timestamptz[])[1] and s.at < ($2::timestamptz[])[cardinality($2::timestamptz[])]
  and not exists (select from reconciliation.arrivals a
    where a.shard = s.shard and a.channel = s.channel and a.reference = s.reference)
order by s.at, s.channel, s.reference
limit $3;

-- name: list_under_way
-- What channels said since a time ($1) that they paid to our bank, and that no money on the account is, nor came back; the
-- oldest first, after one, by its time and key ($2 to $4).
select s.shard, s.channel, s.reference, s.amount, s.at
from payments.public_settlements s
where s.shard between 0 and 63 and s.at >= $1 and (s.at, s.channel, s.reference) > ($2, $3, $4)
  and not exists (select from reconciliation.arrivals a
    where a.shard = s.shard and a.channel = s.channel and a.reference = s.reference)
  and not exists (select from reconciliation.returns r
    where r.shard = s.shard and r.channel = s.channel and r.reference = s.reference)
order by s.at, s.channel, s.reference
limit $5;

-- name: find_transfers
-- What the bank was given to pay, and no line of its statements is yet.
select t.shard, t.channel, t.reference, t.amount, t.at
from payments.public_unmatched_transfers t
where t.shard between 0 and 63 and t.reference = any ($1::text[]);

-- name: list_transfers
-- Likewise since a time ($1), the oldest first, after one, by its time and reference ($2 and $3).
select t.shard, t.channel, t.reference, t.amount, t.at
from payments.public_unmatched_transfers t
where t.shard between 0 and 63 and t.at >= $1 and (t.at, t.reference) > ($2, $3)
order by t.at, t.reference
limit $4;

-- name: find_returnable
-- What channels said, at some stretches of time, that they paid to our bank, and that did not come back yet. The stretches
-- are as in find_settlements. What the channel calls it is with the break that told of it.
select s.shard, s.channel, s.reference, s.amount, s.at,
  exists (select from reconciliation.arrivals a
    where a.shard = s.shard and a.channel = s.channel and a.reference = s.reference) as is_arrived,
  coalesce((select max(b.about) from reconciliation.breaks b
    where b.shard = s.shard and b.channel = s.channel and b.reference = s.reference and b.kind = 'settlement'), '') as about
from unnest($1::timestamptz[], $2::timestamptz[]) as w (begins_at, ends_at)
join payments.public_settlements s on s.shard between 0 and 63 and s.at >= w.begins_at and s.at < w.ends_at
where s.at >= ($1::timestamptz[])[1] and s.at < ($2::timestamptz[])[cardinality($2::timestamptz[])]
  and s.channel = any ($3::text[]) and not exists (select from reconciliation.returns r
    where r.shard = s.shard and r.channel = s.channel and r.reference = s.reference)
order by s.at, s.channel, s.reference
limit $4;

-- name: add_arrivals
insert into reconciliation.arrivals (shard, channel, reference, break_id)
select * from unnest($1::smallint[], $2::text[], $3::text[], $4::uuid[]);

-- name: drop_arrivals
delete from reconciliation.arrivals a
using unnest($1::smallint[], $2::text[], $3::text[]) as d (shard, channel, reference)
where a.shard = any ($1::smallint[]) and a.shard = d.shard and a.channel = d.channel and a.reference = d.reference;

-- name: add_returns
insert into reconciliation.returns (shard, channel, reference, break_id)
select * from unnest($1::smallint[], $2::text[], $3::text[], $4::uuid[]);

-- name: drop_returns
delete from reconciliation.returns a
using unnest($1::smallint[], $2::text[], $3::text[]) as d (shard, channel, reference)
where a.shard = any ($1::smallint[]) and a.shard = d.shard and a.channel = d.channel and a.reference = d.reference;

-- name: get_shortage
-- What a channel that pays by itself is to make up for after a day, where that is known.
select shortage from reconciliation.statements where shard = $1 and id = $2;

-- name: list_unfinished
-- Of which channels, switched off, something is open: an account of theirs that is not zero over all shards, a break, or
-- what moved since a day, of which something may still come back. Statements have what moved on their days: of our books
-- only the time since another is read, of which there may be none yet.
select n.name from unnest($1::text[]) as n (name)
where exists (select from unnest($2::text[], $3::smallint[], $4::uuid[]) as k (name, shard, id)
    join ledger.public_accounts a on a.shard = k.shard and a.id = k.id
    where k.name = n.name and a.shard between 0 and 63
    group by a.code having sum(a.debits_posted - a.credits_posted) <> 0)
  or exists (select from reconciliation.breaks b
    where b.shard between 0 and 63 and b.channel = n.name and b.state <> 'resolved')
  or exists (select from reconciliation.statements s
    where s.shard between 0 and 63 and s.channel = n.name and s.day >= $5 and (s.lines > 0 or s.ours <> 0))
  or exists (select from payments.public_movements m
    where m.shard between 0 and 63 and m.channel = n.name and m.at >= $6)
order by n.name;

-- name: get_clearing
-- The accounts that come back to zero, over all shards, how many breaks are open and since when, the newest statements, and
-- what channels said, at some stretches of time, that they paid to our bank: whether it is known on the account, and whether
-- it came back; and what the bank was to pay, if something open may be of that, first what one is alone. What waits is new, and most likely ended by the next statement.
select
  (select coalesce(jsonb_agg(to_jsonb(u)), '[]') from (
    select s.shard, s.channel, s.reference, s.amount, s.at, s.is_arrived, s.is_returned
    from unnest($3::timestamptz[], $4::timestamptz[]) as w (begins_at, ends_at)
    join reconciliation.known_settlements s on s.shard between 0 and 63 and s.at >= w.begins_at and s.at < w.ends_at
    where s.at >= ($3::timestamptz[])[1] and s.at < ($4::timestamptz[])[cardinality($4::timestamptz[])]
    order by s.at desc limit $5) as u) as settlements,
  (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from (
    select p.shard, p.channel, p.reference, p.amount, p.at
    from payments.public_unmatched_transfers p
    where p.shard between 0 and 63 and p.at >= ($3::timestamptz[])[1] and p.at < ($4::timestamptz[])[cardinality($4::timestamptz[])]
      and exists (select from reconciliation.breaks b where b.shard between 0 and 63 and b.state = 'open' and b.kind = 'debit')
    order by exists (select from reconciliation.breaks b
      where b.shard between 0 and 63 and b.state = 'open' and b.kind = 'debit' and b.delta = -p.amount) desc, p.at desc
    limit $5) as t) as transfers,
  (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from (
    select distinct c.shard, c.channel, c.reference, c.amount, c.at, c.about
    from reconciliation.correctable_lines c
    where c.shard between 0 and 63
    order by c.at desc limit $5) as l) as correctable,
  (select coalesce(jsonb_agg(to_jsonb(n)), '[]') from (
    select s.id, s.channel, s.day, s.lines, s.matched, s.breaks, s.theirs, s.ours, s.matched_at, s.shortage,
      (select count(*) from reconciliation.breaks b where b.shard between 0 and 63 and b.day = s.day
        and b.channel = s.channel and b.state <> 'resolved') as open
    from reconciliation.statements s where s.shard between 0 and 63 order by s.day desc, s.channel limit $2) as n) as statements,
  (select coalesce(jsonb_object_agg(channel, day), '{}') from (
    select s.channel, max(s.day) as day from reconciliation.statements s where s.shard between 0 and 63
    group by s.channel) as each_channel) as last_days,
  (select jsonb_agg(jsonb_build_array(code, balance) order by code) from (
    select a.code, sum(a.debits_posted - a.credits_posted)::bigint as balance
    from ledger.public_accounts a
    where a.shard between 0 and 63 and a.owner_id is null and a.code = any ($1::integer[])
    group by a.code) as summed) as accounts,
  (select exists (select from payments.public_bank_statements)) as has_bank_statements,
  (select jsonb_build_array(count(*), min(b.found_at),
      count(*) filter (where b.state = 'proposed' and b.proposed_by is distinct from $6),
      count(*) filter (where b.state = 'proposed' and b.proposed_by = $6),
      count(*) filter (where b.state = 'open' and b.found_at > $7
        and (b.class = 'ours_only' or (b.channel = 'bank' and b.kind = 'charge' and b.class = 'theirs_only'))))
   from reconciliation.breaks b where b.shard between 0 and 63 and b.state <> 'resolved') as open;
