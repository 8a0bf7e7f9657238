-- name: find_references
-- Whose reference it is: the payment's, if the payer was told it.
select t.pay_url as reference, t.id
from payments.payments t
where t.shard = any ($1::smallint[]) and t.pay_url = any ($2::text[]) and t.pay_way = 'transfer' and t.channel = 'bank';

-- name: add_statement
insert into payments.bank_statements
  (id, name, lines, matched, known, unmatched, amount, first_on, last_on, imported_at, imported_by,
   debits, paid, corrections, paying)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (id) do nothing
returning id;

-- name: get_statement
select id, name, lines, matched, known, unmatched, amount, first_on, last_on, imported_at, imported_by, debits, paid,
  corrections, paying
from payments.bank_statements
where id = $1;

-- name: list_statements
select id, name, lines, matched, known, unmatched, amount, first_on, last_on, imported_at, imported_by, debits, paid,
  corrections, paying
from payments.bank_statements
where $1::timestamptz is null or imported_at < $1
order by imported_at desc
limit $2;

-- name: hold_statement
insert into payments.held_statements (id, name, content, lines, amount, held_at, held_by)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do update set held_at = excluded.held_at, held_by = excluded.held_by;

-- name: get_held
select id, name, content, lines, amount, held_by, released_at from payments.held_statements where id = $1;

-- name: lock_held
select id, name, null::bytea as content, lines, amount, held_by, released_at from payments.held_statements
where id = any ($1::uuid[])
order by id
for no key update;

-- name: release_statements
update payments.held_statements set released_at = $2 where id = any ($1::uuid[]);

-- name: forget_content
update payments.held_statements set content = null where id = $1 and released_at is not null;

-- name: sum_paying
select coalesce(sum(paying), 0)::bigint from payments.bank_statements where imported_at > $1;
