-- name: get_state
-- The last month that is closed, how many differences up to a day ($2) are open, what is kept of a month ($1), who closed it,
-- and its corrections. And, while it is not closed, of which channels ($4) money moved on days ($5) that have no statement, on
-- how many, since when: a case, so that movements are looked for on these days alone. Where nothing moved, a day is read to its
-- end: so of those that were switched off, whose days have no statements, only those whose accounts ($6 to $8) moved since the
-- month began.
select
  (select max(p.month) from periods.periods p) as latest,
  (select count(*) from reconciliation.public_breaks b
   where b.shard between 0 and 63 and b.state <> 'resolved' and b.day < $2) as open_breaks,
  (select coalesce(jsonb_agg(to_jsonb(u) order by u.channel), '[]') from (
    select c.channel, count(*) as days, min(d.day) as since
    from (
      select o.channel from unnest($4::text[]) as o (channel)
      where not exists (select from periods.periods p where p.month = $1)
        and (o.channel <> all ($6::text[]) or exists (
          select from unnest($6::text[], $7::smallint[], $8::uuid[]) as k (name, shard, id)
          where k.name = o.channel and exists (
            select from ledger.public_moves m
            where m.shard between 0 and 63 and m.shard = k.shard and m.account_id = k.id
              and m.timestamp >= (extract(epoch from $1::timestamp at time zone 'Asia/Shanghai') * 1000000)::bigint)))) as c
    cross join unnest($5::date[]) as d (day)
    where case when exists (select from reconciliation.public_statements s
        where s.shard between 0 and 63 and s.channel = c.channel and s.day = d.day) then false
      else exists (select from payments.public_movements m
        where m.shard between 0 and 63 and m.channel = c.channel and m.at >= d.day::timestamp at time zone 'Asia/Shanghai'
          and m.at < (d.day + 1)::timestamp at time zone 'Asia/Shanghai') end
    group by c.channel) as u) as unstated,
  (select to_jsonb(t) from periods.trials t where t.month = $1) as kept,
  (select to_jsonb(p) from periods.periods p where p.month = $1) as period,
  (select m.display_name from periods.periods p
   join identity.public_people m on m.shard = kit.shard_of(p.proposed_by) and m.id = p.proposed_by where p.month = $1) as maker,
  (select c.display_name from periods.periods p
   join identity.public_people c on c.shard = kit.shard_of(p.approved_by) and c.id = p.approved_by where p.month = $1) as checker,
  (select coalesce(jsonb_agg(c order by c.made_at desc), '[]') from (
    select id, month, amount, made_at from periods.corrections where shard between 0 and 63 and month = $1
    order by made_at desc limit $3) as c) as corrections;

-- name: list_periods
select month, document, trial_hash, proposal_id, proposed_by, approved_by, closed_at, public_key, signature, signed_at
from periods.periods
where $1::date is null or month < $1
order by month desc
limit $2;

-- name: get_latest
select max(month) from periods.periods;

-- name: find_unkept
-- Of some months, in order, those that are not closed, and of which nothing is kept.
select c.month
from unnest($1::date[]) as c (month)
where c.month > coalesce((select max(p.month) from periods.periods p), '-infinity')
  and (select t.month from periods.trials t where t.month = c.month) is null
order by c.month
limit $2;

-- name: keep_trials
insert into periods.trials (month, began_on, trial)
select month, $2, trial::jsonb from unnest($1::date[], $3::text[]) as t (month, trial)
order by month
on conflict do nothing;

-- name: mend_trial
update periods.trials set trial = $2::text::jsonb where month = $1 and trial <> $2::text::jsonb;

-- name: add_period
-- Of two who close a month at once, one does.
insert into periods.periods (month, document, trial_hash, proposal_id, proposed_by, approved_by, closed_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing
returning month;

-- name: lock_unsigned
select month, document from periods.periods where signature is null order by month for no key update;

-- name: sign_periods
update periods.periods p set public_key = $2, signature = s.signature, signed_at = $4
from unnest($1::date[], $3::bytea[]) as s (month, signature)
where p.month = s.month;

-- name: add_corrections
insert into periods.corrections (shard, id, month, amount, made_at)
select kit.shard_of(c.id), c.id, c.month, c.amount, $4
from unnest($1::uuid[], $2::date[], $3::bigint[]) as c (id, month, amount)
on conflict do nothing;
