-- name: find_references
-- Whose reference it is: the payment's, if the payer was told it.
select t.pay_url as reference, t.id
from payments.payments t
where t.shard = any ($1::smallint[]) and t.pay_url = any ($2::text[]) and t.pay_way = 'transfer' and t.channel = 'bank';

-- name: add_statement
insert into payments.bank_statements
  (id, name, lines, matched, known, unmatched, amount, first_on, last_on, imported_at, imported_by,
   debits, paid, corrections)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (id) do nothing
returning id;

-- name: get_statement
select id, name, lines, matched, known, unmatched, amount, first_on, last_on, imported_at, imported_by, debits, paid,
  corrections
from payments.bank_statements
where id = $1;

-- name: list_statements
select id, name, lines, matched, known, unmatched, amount, first_on, last_on, imported_at, imported_by, debits, paid,
  corrections
from payments.bank_statements
where $1::timestamptz is null or imported_at < $1
order by imported_at desc
limit $2;
