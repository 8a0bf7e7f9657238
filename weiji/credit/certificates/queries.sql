-- name: get_certificates
-- Those that are named, and those of shops that are in force.
select id, shop_id, audience, document, score, grade, issued_at, expires_at, withdrawn_at, reason
from credit.certificates
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
union
select id, shop_id, audience, document, score, grade, issued_at, expires_at, withdrawn_at, reason
from credit.certificates
where shard = any ($1::smallint[]) and shop_id = any ($3::uuid[]) and withdrawn_at is null and expires_at > $4;

-- name: list_certificates
select id, shop_id, audience, document, score, grade, issued_at, expires_at, withdrawn_at, reason
from credit.certificates
where shard = $1 and shop_id = $2 and ($3::timestamptz is null or (issued_at, id) < ($3, $4))
order by issued_at desc, id desc
limit $5;

-- name: get_desk
-- All that the page of a shop's owner shows: the shop, its newest certificates, and what it brought last.
select s.id, s.handle, s.name, s.colour, s.created_at, a.shop_id is not null as is_known, coalesce(t.score, 0) as score,
  (select jsonb_agg(to_jsonb(c) - '{shard,issued_by,withdrawn_by}'::text[])
   from (
     select * from credit.certificates c
     where c.shard = s.shard and c.shop_id = s.id
     order by c.issued_at desc, c.id desc
     limit $3) as c) as certificates,
  (select jsonb_agg(to_jsonb(b) - '{shard,shop_id,document,brought_by,asked_at}'::text[] || jsonb_build_object('is_believed',
     exists (select from credit.issuers i where i.address = b.issuer and i.ended_at is null)))
   from (
     select * from credit.brought b
     where b.shard = s.shard and b.shop_id = s.id
     order by b.brought_at desc, b.id desc
     limit $3) as b) as brought
from shops.public_shops s
left join credit.standings t on t.shard = s.shard and t.shop_id = s.id
left join onboarding.public_applications a on a.shard = s.shard and a.shop_id = s.id and a.state = 'approved'
where s.shard = $1 and s.id = $2;

-- name: add_certificates
insert into credit.certificates
  (shard, id, shop_id, audience, document, score, grade, issued_at, expires_at, issued_by)
select shard, id, shop_id, audience, document, score, grade, issued_at, expires_at, issued_by
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::smallint[],
  $8::timestamptz[], $9::timestamptz[], $10::uuid[])
  as c (shard, id, shop_id, audience, document, score, grade, issued_at, expires_at, issued_by);

-- name: withdraw_certificates
update credit.certificates c
set withdrawn_at = n.withdrawn_at, reason = n.reason, withdrawn_by = n.withdrawn_by
from unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::uuid[])
  as n (shard, id, withdrawn_at, reason, withdrawn_by)
where c.shard = any ($1::smallint[]) and c.shard = n.shard and c.id = n.id;

-- name: lock_issuers
-- Few, and the same everywhere: whoever changes them takes turns.
select address, public_key, is_fetched, trusted_at, ended_at, reason
from credit.issuers
order by address, public_key
for no key update;

-- name: list_issuers
select address, public_key, is_fetched, trusted_at, ended_at, reason
from credit.issuers
order by ended_at is not null, address, trusted_at, public_key
limit $1;

-- name: get_keys
select address, public_key from credit.issuers where ended_at is null and address = any ($1::text[]);

-- name: put_issuers
insert into credit.issuers as i (address, public_key, is_fetched, trusted_at, trusted_by, ended_at, ended_by, reason)
select address, public_key, is_fetched, trusted_at, changed_by, ended_at,
  case when ended_at is not null then changed_by end, reason
from unnest($1::text[], $2::bytea[], $3::boolean[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::uuid[])
  as n (address, public_key, is_fetched, trusted_at, ended_at, reason, changed_by)
on conflict (address, public_key) do update
set is_fetched = excluded.is_fetched, trusted_at = excluded.trusted_at, ended_at = excluded.ended_at,
  trusted_by = case when excluded.ended_at is null then excluded.trusted_by else i.trusted_by end,
  ended_by = excluded.ended_by, reason = excluded.reason;

-- name: lock_brought
-- In id order, after where their shops stand.
select id, shop_id, issuer, certificate_id, shop_name, shop_address, score, grade, trades, since, issued_at, expires_at,
  brought_at, state, confirmed_at
from credit.brought
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[])
order by id
for no key update;

-- name: list_brought
select b.id, b.shop_id, b.issuer, b.certificate_id, b.shop_name, b.shop_address, b.score, b.grade, b.trades, b.since,
  b.issued_at, b.expires_at, b.brought_at, b.state, b.confirmed_at,
  exists (select from credit.issuers i where i.address = b.issuer and i.ended_at is null) as is_believed
from credit.brought b
where b.shard = $1 and b.shop_id = $2 and ($3::timestamptz is null or (b.brought_at, b.id) < ($3, $4))
order by b.brought_at desc, b.id desc
limit $5;

-- name: put_brought
-- What was there comes into force again; what it is never changes. Its issuer was never asked: it may have withdrawn it before it
-- was brought.
insert into credit.brought as b (shard, id, shop_id, issuer, certificate_id, document, shop_name, shop_address, score, grade,
  trades, since, issued_at, expires_at, brought_at, state, confirmed_at, brought_by, asked_at)
select shard, id, shop_id, issuer, certificate_id, document, shop_name, shop_address, score, grade, trades, since, issued_at,
  expires_at, brought_at, state, confirmed_at, brought_by, '-infinity'
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::bigint[],
  $10::smallint[], $11::bigint[], $12::date[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[], $16::text[],
  $17::timestamptz[], $18::uuid[])
  as n (shard, id, shop_id, issuer, certificate_id, document, shop_name, shop_address, score, grade, trades, since,
    issued_at, expires_at, brought_at, state, confirmed_at, brought_by)
on conflict (id, shard) do update
set state = excluded.state, score = excluded.score, grade = excluded.grade, confirmed_at = excluded.confirmed_at,
  asked_at = excluded.asked_at;

-- name: update_brought
update credit.brought b
set state = n.state, score = n.score, grade = n.grade, confirmed_at = n.confirmed_at
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::bigint[], $5::smallint[], $6::timestamptz[])
  as n (shard, id, state, score, grade, confirmed_at)
where b.shard = any ($1::smallint[]) and b.shard = n.shard and b.id = n.id;

-- name: note_asked
update credit.brought b set asked_at = $3
from unnest($1::smallint[], $2::uuid[]) as n (shard, id)
where b.shard = any ($1::smallint[]) and b.shard = n.shard and b.id = n.id;

-- name: get_due
select id, shop_id, issuer, certificate_id
from credit.brought
where shard between 0 and 63 and state = 'in_force' and expires_at > $1 and asked_at <= $2
order by asked_at
limit $3;
