-- name: find_references
-- Whose reference it is: the payment's, if the payer was told it.
select t.pay_url as reference, t.id
from payments.payments t
where t.shard = any ($1::smallint[]) and t.pay_url = any ($2::text[]) and t.pay_way = 'transfer' and t.channel = 'bank';

-- name: find_red_ink
-- By which lines the bank took back some of these amounts, as they were told. Both kinds are named, by which the index is known.
select n.raw
from payments.notices n
where n.shard between 0 and 63 and n.channel = 'bank' and n.kind = $1 and n.amount = any ($2::bigint[])
  and n.kind in ('debited', 'credit_taken_back', 'debit_taken_back')
order by n.occurred_at, n.event_id;

-- name: add_statement
insert into payments.bank_statements
  (id, name, lines, matched, known, unmatched, amount, first_on, last_on, imported_at, imported_by,
   debits, paid, corrections, paying, debits_unmatched)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
on conflict (id) do nothing
returning id;

-- name: get_statement
select id, name, lines, matched, known, unmatched, amount, first_on, last_on, imported_at, imported_by, debits, paid,
  corrections, paying, debits_unmatched
from payments.bank_statements
where id = $1;

-- name: list_statements
select id, name, lines, matched, known, unmatched, amount, first_on, last_on, imported_at, imported_by, debits, paid,
  corrections, paying, debits_unmatched
from payments.bank_statements
where $1::timestamptz is null or imported_at < $1
order by imported_at desc
limit $2;

-- name: hold_statement
insert into payments.held_statements (id, kind, name, content, lines, amount, held_at, held_by)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do update set name = excluded.name, content = excluded.content, lines = excluded.lines,
  amount = excluded.amount, held_at = excluded.held_at, held_by = excluded.held_by, released_at = null
where held_statements.content is null or held_statements.released_at is null and held_statements.held_at <= $9
returning id;

-- name: hold_again
update payments.held_statements set amount = $2, held_at = $3, released_at = null
where id = $1 and released_at is not null and content is not null
returning id;

-- name: get_held
select id, kind, name, content, lines, amount, held_by, released_at, returns from payments.held_statements where id = $1;

-- name: lock_held
select id, kind, name, case when content is not null then ''::bytea end as content, lines, amount, held_by, released_at
from payments.held_statements
where id = any ($1::uuid[])
order by id
for no key update;

-- name: release_statements
update payments.held_statements set released_at = $2 where id = any ($1::uuid[]);

-- name: finish_held
update payments.held_statements set content = null, returns = coalesce($2::jsonb, returns) where id = $1;

-- name: drop_held
-- What was let in is imported first.
update payments.held_statements h
set content = null
from unnest($1::uuid[], $2::timestamptz[]) as d (id, by)
where h.id = d.id and h.held_at <= d.by and h.released_at is null;

-- name: list_waiting_since
select id from payments.held_statements
where held_at < $1 and released_at is null and content is not null
order by held_at
limit $2;

-- name: say_alone
insert into payments.said_alone (id, amount, said_at) values ($1, $2, $3);

-- name: get_said
select coalesce(sum(amount) filter (where said_at > $1), 0)::bigint as amount,
  coalesce(array_agg(id) filter (where id = any ($2::uuid[])), '{}') as known
from payments.said_alone
where said_at > $1 or id = any ($2::uuid[]);
