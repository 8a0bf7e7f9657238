-- name: add_payments
-- What is there already stays as it is, and is not returned.
insert into payments.payments (shard, id, payer_id, subject_id, payee_id, purpose, amount, currency, channel, status,
  channel_reference, captured, captured_at, created_at, expires_at, query_at, parts)
select a.shard, a.id, a.payer_id, a.subject_id, a.payee_id, a.purpose, a.amount, 'CNY', a.channel, a.status,
  a.channel_reference, a.captured, a.captured_at, a.created_at, a.expires_at, a.query_at, a.parts
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::text[],
  $9::text[], $10::text[], $11::bigint[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
  $15::timestamptz[], $16::jsonb[])
  as a (shard, id, payer_id, subject_id, payee_id, purpose, amount, channel, status, channel_reference, captured,
    captured_at, created_at, expires_at, query_at, parts)
order by a.id
on conflict (id, shard) do nothing
returning id;

-- name: get_payments
select t.id, t.payer_id, t.subject_id, t.payee_id, t.purpose, t.amount, t.channel, t.status, t.channel_reference,
  t.pay_url, t.pay_way, t.failure, t.captured, t.refunded, t.created_at, t.expires_at, t.captured_at, t.queries,
  t.query_at, t.parts
from payments.payments t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[]);

-- name: lock_payments
-- In id order, so that two batches never wait for each other.
select t.id, t.payer_id, t.subject_id, t.payee_id, t.purpose, t.amount, t.channel, t.status, t.channel_reference,
  t.pay_url, t.pay_way, t.failure, t.captured, t.refunded, t.created_at, t.expires_at, t.captured_at, t.queries,
  t.query_at, t.parts
from payments.payments t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[])
order by t.id
for no key update;

-- name: change_payments
update payments.payments t
set status = c.status, channel_reference = c.channel_reference, pay_url = c.pay_url, pay_way = c.pay_way,
  failure = c.failure, captured = c.captured, refunded = c.refunded, captured_at = c.captured_at, queries = c.queries, query_at = c.query_at
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
  $9::bigint[], $10::timestamptz[], $11::smallint[], $12::timestamptz[])
  as c (shard, id, status, channel_reference, pay_url, pay_way, failure, captured, refunded, captured_at, queries,
    query_at)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: list_payments
select t.id, t.payer_id, t.subject_id, t.payee_id, t.purpose, t.amount, t.channel, t.status, t.channel_reference,
  t.pay_url, t.pay_way, t.failure, t.captured, t.refunded, t.created_at, t.expires_at, t.captured_at, t.queries,
  t.query_at, t.parts
from payments.payments t
where t.shard between 0 and 63 and ($1::uuid is null or t.id < $1)
order by t.id desc
limit $2;

-- name: list_silent_payments
-- The few that are open have an index: the state is written out, so that it is used.
select t.id, t.payer_id, t.subject_id, t.payee_id, t.purpose, t.amount, t.channel, t.status, t.channel_reference,
  t.pay_url, t.pay_way, t.failure, t.captured, t.refunded, t.created_at, t.expires_at, t.captured_at, t.queries,
  t.query_at, t.parts
from payments.payments t
where t.shard between 0 and 63 and t.status = 'unknown' and ($1::uuid is null or t.id < $1)
order by t.id desc
limit $2;

-- name: get_due_payments
select t.id, t.payer_id, t.subject_id, t.payee_id, t.purpose, t.amount, t.channel, t.status, t.channel_reference,
  t.pay_url, t.pay_way, t.failure, t.captured, t.refunded, t.created_at, t.expires_at, t.captured_at, t.queries,
  t.query_at, t.parts
from payments.payments t
where t.shard = any ($1::smallint[]) and t.query_at <= $2
order by t.query_at
limit $3;

-- name: find_open_payments
-- Two looks at indexes: what is for one order, and what is for several.
select t.id
from payments.payments t
where t.shard between 0 and 63 and t.subject_id = any ($1::uuid[]) and t.status in ('created', 'submitted', 'unknown')
union
select t.id
from payments.payments t
where t.shard between 0 and 63 and jsonb_path_query_array(t.parts, '$[*].order_id') ?| $2::text[]
  and t.status in ('created', 'submitted', 'unknown')
order by id;

-- name: get_captures
select t.channel, t.reference
from payments.captures t
where t.shard = any ($1::smallint[]) and (t.channel, t.reference) in (select * from unnest($2::text[], $3::text[]));

-- name: get_chargebacks
select t.shard, t.channel, t.reference, t.payment_id, t.amount, t.fee, t.reason, t.respond_by, t.received_at, t.is_won, t.ended_at
from payments.chargebacks t
where t.shard = any ($1::smallint[]) and (t.channel, t.reference) in (select * from unnest($2::text[], $3::text[]));

-- name: get_disputed
select c.payment_id, sum(c.amount) filter (where c.is_won is null)::bigint as open,
  sum(c.amount) filter (where not c.is_won)::bigint as lost,
  (select sum(r.covered) from payments.refunds r where r.shard = c.shard and r.payment_id = c.payment_id)::bigint as covered
from payments.chargebacks c
where c.shard = any ($1::smallint[]) and c.payment_id = any ($2::uuid[])
group by c.shard, c.payment_id;

-- name: find_stuck_refunds
select t.id
from payments.refunds t
where t.shard = any ($1::smallint[]) and t.payment_id = any ($2::uuid[])
  and (t.status in ('abnormal', 'uncovered') or t.status in ('submitted', 'unknown') and t.query_at is null);

-- name: put_chargebacks
insert into payments.chargebacks (shard, channel, reference, payment_id, amount, fee, reason, respond_by, received_at, is_won,
  ended_at)
select * from unnest($1::smallint[], $2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::bigint[], $7::text[],
  $8::timestamptz[], $9::timestamptz[], $10::boolean[], $11::timestamptz[])
on conflict (channel, reference, shard) do update set is_won = excluded.is_won, ended_at = excluded.ended_at;

-- name: add_captures
insert into payments.captures (shard, channel, reference, payment_id, amount, disposition, captured_at)
select * from unnest($1::smallint[], $2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::text[], $7::timestamptz[]);

-- name: list_unmatched_captures
-- The newest first; below one, by when it was taken and its key ($1 to $4), if given.
select t.shard, t.channel, t.reference, t.payment_id, t.amount, t.disposition, t.captured_at
from payments.captures t
where t.shard between 0 and 63 and t.disposition = 'unmatched' and t.ended_at is null
  and ($1::timestamptz is null or (t.captured_at, t.channel, t.reference, t.shard) < ($1, $2, $3, $4))
order by t.captured_at desc, t.channel desc, t.reference desc, t.shard desc
limit $5;

-- name: lock_unmatched_captures
-- In the order of their key, so that two batches never wait for each other.
select t.shard, t.channel, t.reference, t.payment_id, t.amount, t.disposition, t.captured_at
from payments.captures t
where t.shard = any ($1::smallint[]) and t.disposition = 'unmatched' and t.ended_at is null
  and (t.shard, t.channel, t.reference) in (select * from unnest($1::smallint[], $2::text[], $3::text[]))
order by t.channel, t.reference, t.shard
for no key update;

-- name: end_captures
update payments.captures t
set ended_at = $4
from unnest($1::smallint[], $2::text[], $3::text[]) as e (shard, channel, reference)
where t.shard = any ($1::smallint[]) and t.shard = e.shard and t.channel = e.channel and t.reference = e.reference
  and t.disposition = 'unmatched';

-- name: get_part_refunds
select payment_id, order_id, refunded
from payments.part_refunds
where shard = any ($1::smallint[]) and payment_id = any ($2::uuid[]);

-- name: set_part_refunds
-- Behind the lock of the payments, so that what is written was read.
insert into payments.part_refunds (shard, payment_id, order_id, amount, refunded)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[])
on conflict (payment_id, order_id, shard) do update set refunded = excluded.refunded;

-- name: add_refunds
insert into payments.refunds (shard, id, payment_id, source_id, payer_id, subject_id, payee_id, channel, amount, reason,
  capture_reference, status, created_at, ended_at, is_from_shop, of_shop, covered)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[],
  $9::bigint[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::boolean[], $16::bigint[],
  $17::bigint[]);

-- name: get_refunds
select t.id, t.payment_id, t.source_id, t.payer_id, t.subject_id, t.payee_id, t.channel, t.amount, t.reason,
  t.capture_reference, t.status, t.channel_reference, t.created_at, t.ended_at, t.queries, t.query_at, t.retries,
  t.route_bank, t.route_holder, t.route_number_sealed, t.is_from_shop, t.of_shop, t.covered
from payments.refunds t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[]);

-- name: lock_refunds
select t.id, t.payment_id, t.source_id, t.payer_id, t.subject_id, t.payee_id, t.channel, t.amount, t.reason,
  t.capture_reference, t.status, t.channel_reference, t.created_at, t.ended_at, t.queries, t.query_at, t.retries,
  t.route_bank, t.route_holder, t.route_number_sealed, t.is_from_shop, t.of_shop, t.covered
from payments.refunds t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[])
order by t.id
for no key update;

-- name: change_refunds
update payments.refunds t
set status = c.status, channel_reference = c.channel_reference, ended_at = c.ended_at, queries = c.queries,
  query_at = c.query_at, retries = c.retries, route_bank = c.route_bank, route_holder = c.route_holder,
  route_number_sealed = c.route_number_sealed, covered = c.covered
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::smallint[], $7::timestamptz[],
  $8::smallint[], $9::text[], $10::text[], $11::bytea[], $12::bigint[])
  as c (shard, id, status, channel_reference, ended_at, queries, query_at, retries, route_bank, route_holder,
    route_number_sealed, covered)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: get_refunds_of_payments
select t.id, t.payment_id, t.source_id, t.payer_id, t.subject_id, t.payee_id, t.channel, t.amount, t.reason,
  t.capture_reference, t.status, t.channel_reference, t.created_at, t.ended_at, t.queries, t.query_at, t.retries,
  t.route_bank, t.route_holder, t.route_number_sealed, t.is_from_shop, t.of_shop, t.covered
from payments.refunds t
where t.shard = any ($1::smallint[]) and t.payment_id = any ($2::uuid[])
order by t.created_at, t.id
limit $3;

-- name: get_due_refunds
select t.id, t.payment_id, t.source_id, t.payer_id, t.subject_id, t.payee_id, t.channel, t.amount, t.reason,
  t.capture_reference, t.status, t.channel_reference, t.created_at, t.ended_at, t.queries, t.query_at, t.retries,
  t.route_bank, t.route_holder, t.route_number_sealed, t.is_from_shop, t.of_shop, t.covered
from payments.refunds t
where t.shard = any ($1::smallint[]) and t.query_at <= $2
order by t.query_at
limit $3;

-- name: list_abnormal_refunds
select t.id, t.payment_id, t.source_id, t.payer_id, t.subject_id, t.payee_id, t.channel, t.amount, t.reason,
  t.capture_reference, t.status, t.channel_reference, t.created_at, t.ended_at, t.queries, t.query_at, t.retries,
  t.route_bank, t.route_holder, t.route_number_sealed, t.is_from_shop, t.of_shop, t.covered
from payments.refunds t
where t.shard between 0 and 63
  and (t.status = 'abnormal' or t.status in ('submitted', 'unknown') and t.query_at is null
    or t.status = 'uncovered' and t.query_at is not null)
  and ($1::uuid is null or t.id < $1)
order by t.id desc
limit $2;

-- name: get_notices
select t.shard, t.channel, t.event_id
from payments.notices t
where t.shard = any ($1::smallint[]) and (t.channel, t.event_id) in (select * from unnest($2::text[], $3::text[]));

-- name: get_early_ends
-- What was told of the end of chargebacks before anything of their beginning was. What people wrote down too early ($4:
-- how its ids begin) they write down again.
select t.channel, t.event_id, t.kind, t.subject_id, t.reference, t.amount, t.occurred_at, t.raw
from payments.notices t
where t.shard = any ($1::smallint[]) and t.outcome = 'unmatched' and t.kind in ('chargeback_won', 'chargeback_lost')
  and (t.channel, t.reference) in (select * from unnest($2::text[], $3::text[])) and not starts_with(t.event_id, $4);

-- name: add_notices
insert into payments.notices (shard, channel, event_id, kind, subject_id, reference, amount, fee, outcome, occurred_at,
  received_at, raw)
select n.shard, n.channel, n.event_id, n.kind, n.subject_id, n.reference, n.amount, n.fee, n.outcome, n.occurred_at, $11, n.raw
from unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::bigint[], $8::bigint[],
  $9::text[], $10::timestamptz[], $12::bytea[])
  as n (shard, channel, event_id, kind, subject_id, reference, amount, fee, outcome, occurred_at, raw);

-- name: list_troubling_notices
-- But for those whose money has gone where two people said. The newest first; below one, as unmatched captures are listed.
select t.shard, t.channel, t.event_id, t.kind, t.subject_id, t.reference, t.amount, t.outcome, t.occurred_at, t.received_at
from payments.notices t
where t.shard between 0 and 63 and t.outcome in ('unmatched', 'contradicts')
  and not exists (select from payments.captures c
    where c.shard = t.shard and c.channel = t.channel and c.reference = t.reference and c.ended_at is not null)
  and ($1::timestamptz is null or (t.received_at, t.channel, t.event_id, t.shard) < ($1, $2, $3, $4))
order by t.received_at desc, t.channel desc, t.event_id desc, t.shard desc
limit $5;

-- name: add_payout_accounts
insert into payments.payout_accounts (shard, id, owner_id, holder, bank, last4, number_sealed, created_at)
select a.shard, a.id, a.owner_id, a.holder, a.bank, a.last4, a.number_sealed, $8
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[])
  as a (shard, id, owner_id, holder, bank, last4, number_sealed)
order by a.id
on conflict (id, shard) do nothing
returning id;

-- name: get_payout_accounts
select t.id, t.owner_id, t.holder, t.bank, t.last4, t.number_sealed, t.created_at, t.removed_at
from payments.payout_accounts t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[]);

-- name: list_payout_accounts
select t.id, t.owner_id, t.holder, t.bank, t.last4, t.number_sealed, t.created_at, t.removed_at
from payments.payout_accounts t
where t.shard = $1 and t.owner_id = $2 and t.removed_at is null
order by t.created_at, t.id
limit $3;

-- name: get_owners
-- Whom bank accounts are of: shops, with the names that were accepted for them; the names for a person's shops, which may lie
-- anywhere; and in whose name the first account of each is that was not removed.
select s.id as owner_id, true as is_shop, s.id as shop_id, n.field, n.sealed, null as first_holder
from shops.public_shops s
left join onboarding.public_names n on n.shard = s.shard and n.shop_id = s.id
where s.shard = any ($1::smallint[]) and s.id = any ($2::uuid[])
union all
select s.owner_id, false, s.id, n.field, n.sealed, null
from shops.public_shops s
join onboarding.public_names n on n.shard = s.shard and n.shop_id = s.id
where s.shard between 0 and 63 and s.owner_id = any ($2::uuid[])
union all
(select distinct on (t.owner_id) t.owner_id, false, null, null, null, t.holder
 from payments.payout_accounts t
 where t.shard = any ($1::smallint[]) and t.owner_id = any ($2::uuid[]) and t.removed_at is null
 order by t.owner_id, t.created_at, t.id)
order by owner_id, shop_id, field;

-- name: find_closing_shops
select id from shops.public_shops where shard = any ($1::smallint[]) and id = any ($2::uuid[]) and closing_at is not null;

-- name: list_destinations
-- Where an owner's money may go, oldest first: the bank accounts, what of the owner is known as above, what was asked for
-- since some time, and the newest payout. Without accounts it is one row.
select t.id, t.owner_id, t.holder, t.bank, t.last4, t.number_sealed, t.created_at, t.removed_at,
  o.is_shop, o.names, o.asked, o.last_payout
from (select
  exists (select from shops.public_shops s where s.shard = $1 and s.id = $2) as is_shop,
  coalesce(
    (select jsonb_agg(jsonb_build_array(n.shop_id, n.field, encode(n.sealed, 'hex')) order by n.shop_id, n.field)
     from onboarding.public_names n where n.shard = $1 and n.shop_id = $2),
    (select jsonb_agg(jsonb_build_array(n.shop_id, n.field, encode(n.sealed, 'hex')) order by n.shop_id, n.field)
     from shops.public_shops s
     join onboarding.public_names n on n.shard = s.shard and n.shop_id = s.id
     where s.shard between 0 and 63 and s.owner_id = $2)) as names,
  (select coalesce(sum(p.amount), 0)::bigint from payments.payouts p
   where p.shard = $1 and p.owner_id = $2 and p.created_at >= $3 and p.ended_at is null) as asked,
  (select to_jsonb(p) from payments.payouts p
   where p.shard = $1 and p.owner_id = $2 order by p.created_at desc, p.id desc limit 1) as last_payout) o
left join payments.payout_accounts t on t.shard = $1 and t.owner_id = $2 and t.removed_at is null
order by t.created_at, t.id
limit $4;

-- name: remove_payout_accounts
-- One removed before keeps its time.
update payments.payout_accounts t
set removed_at = coalesce(t.removed_at, $4)
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as r (shard, id, owner_id)
where t.shard = any ($1::smallint[]) and t.shard = r.shard and t.id = r.id and t.owner_id = r.owner_id
returning t.id, t.owner_id;

-- name: add_payouts
insert into payments.payouts (shard, id, owner_id, source, account_id, channel, amount, fee, status, created_at, review_by)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::bigint[],
  $8::bigint[], $9::text[], $10::timestamptz[], $11::timestamptz[]);

-- name: add_up_payouts
select t.owner_id, sum(t.amount)::bigint as amount
from payments.payouts t
where t.shard = any ($1::smallint[]) and t.owner_id = any ($2::uuid[]) and t.created_at >= $3 and t.ended_at is null
group by t.owner_id;

-- name: get_payouts
select t.id, t.owner_id, t.source, t.account_id, t.channel, t.amount, t.fee, t.bank_fee, t.status, t.channel_reference,
  t.created_at, t.accepted_at, t.paid_at, t.ended_at, t.queries, t.query_at, t.review_by, t.released_at, t.asked_at, t.told_at,
  t.refusal
from payments.payouts t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[]);

-- name: lock_payouts
select t.id, t.owner_id, t.source, t.account_id, t.channel, t.amount, t.fee, t.bank_fee, t.status, t.channel_reference,
  t.created_at, t.accepted_at, t.paid_at, t.ended_at, t.queries, t.query_at, t.review_by, t.released_at, t.asked_at, t.told_at,
  t.refusal
from payments.payouts t
where t.shard = any ($1::smallint[]) and t.id = any ($2::uuid[])
order by t.id
for no key update;

-- name: change_payouts
update payments.payouts t
set status = c.status, channel_reference = c.channel_reference, bank_fee = c.bank_fee, accepted_at = c.accepted_at,
  paid_at = c.paid_at, ended_at = c.ended_at, queries = c.queries, query_at = c.query_at, released_at = c.released_at,
  asked_at = c.asked_at, told_at = c.told_at, refusal = c.refusal
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::timestamptz[],
  $8::timestamptz[], $9::smallint[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],
  $14::text[])
  as c (shard, id, status, channel_reference, bank_fee, accepted_at, paid_at, ended_at, queries, query_at, released_at,
    asked_at, told_at, refusal)
where t.shard = any ($1::smallint[]) and t.shard = c.shard and t.id = c.id;

-- name: list_payouts
-- By their time: an id that was derived says nothing of it. Each with the account that it goes to, also one that was removed.
select t.id, t.owner_id, t.source, t.account_id, t.channel, t.amount, t.fee, t.bank_fee, t.status, t.channel_reference,
  t.created_at, t.accepted_at, t.paid_at, t.ended_at, t.queries, t.query_at, t.review_by, t.released_at, t.asked_at, t.told_at,
  t.refusal, a.bank, a.last4
from payments.payouts t
join payments.payout_accounts a on a.shard = t.shard and a.id = t.account_id
where t.shard = $1 and t.owner_id = $2 and ($3::uuid is null or (t.created_at, t.id) < (
  select b.created_at, b.id from payments.payouts b where b.shard = $1 and b.id = $3))
order by t.created_at desc, t.id desc
limit $4;

-- name: list_failed_payouts
-- What of an owner's withdrawals came to nothing after one of these ($3, $5), until some time.
select t.id, t.owner_id, t.source, t.account_id, t.channel, t.amount, t.fee, t.bank_fee, t.status, t.channel_reference,
  t.created_at, t.accepted_at, t.paid_at, t.ended_at, t.queries, t.query_at
from payments.payouts t
where t.shard = $1 and t.owner_id = $2 and t.status in ('rejected', 'returned', 'refused') and (t.ended_at, t.id) > ($3, $5)
  and t.ended_at < $4
order by t.ended_at, t.id
limit $6;

-- name: list_all_payouts
select t.id, t.owner_id, t.source, t.account_id, t.channel, t.amount, t.fee, t.bank_fee, t.status, t.channel_reference,
  t.created_at, t.accepted_at, t.paid_at, t.ended_at, t.queries, t.query_at, t.review_by, t.released_at, t.asked_at, t.told_at,
  t.refusal
from payments.payouts t
where t.shard between 0 and 63 and ($1::uuid is null or (t.created_at, t.id) < (
  select b.created_at, b.id from payments.payouts b where b.shard = $3 and b.id = $1))
order by t.created_at desc, t.id desc
limit $2;

-- name: list_payouts_in_review
-- The oldest first, by their time: they were promised an answer first. Each with the account that it goes to, and the shop whose it is.
select t.id, t.owner_id, t.source, t.account_id, t.channel, t.amount, t.fee, t.bank_fee, t.status, t.channel_reference,
  t.created_at, t.accepted_at, t.paid_at, t.ended_at, t.queries, t.query_at, t.review_by, t.released_at, t.asked_at, t.told_at,
  t.refusal, a.holder, a.bank, a.last4, s.name as shop_name
from payments.payouts t
join payments.payout_accounts a on a.shard = t.shard and a.id = t.account_id
left join shops.public_shops s on s.shard = t.shard and s.id = t.owner_id
where t.shard between 0 and 63 and t.status = 'in_review' and ($1::uuid is null or (t.created_at, t.id) > (
  select b.created_at, b.id from payments.payouts b where b.shard = $3 and b.id = $1))
order by t.created_at, t.id
limit $2;

-- name: list_silent_payouts
-- The oldest first, of those that their channels were first asked for by a time ($1); none that is paid from files of the
-- bank's. What is under way is little, and has an index: `query_at` is there for nothing else.
select t.id, t.owner_id, t.source, t.account_id, t.channel, t.amount, t.fee, t.bank_fee, t.status, t.channel_reference,
  t.created_at, t.accepted_at, t.paid_at, t.ended_at, t.queries, t.query_at, t.review_by, t.released_at, t.asked_at, t.told_at,
  t.refusal, a.holder, a.bank, a.last4, s.name as shop_name
from payments.payouts t
join payments.payout_accounts a on a.shard = t.shard and a.id = t.account_id
left join shops.public_shops s on s.shard = t.shard and s.id = t.owner_id
where t.shard between 0 and 63 and t.query_at is not null and t.status in ('submitted', 'unknown') and t.channel <> 'bank'
  and t.asked_at <= $1
  and ($2::uuid is null or (t.created_at, t.id) > (
    select b.created_at, b.id from payments.payouts b where b.shard = $4 and b.id = $2))
order by t.created_at, t.id
limit $3;

-- name: get_due_payouts
select t.id, t.owner_id, t.source, t.account_id, t.channel, t.amount, t.fee, t.bank_fee, t.status, t.channel_reference,
  t.created_at, t.accepted_at, t.paid_at, t.ended_at, t.queries, t.query_at, t.review_by, t.released_at, t.asked_at, t.told_at,
  t.refusal
from payments.payouts t
where t.shard = any ($1::smallint[]) and t.query_at <= $2
order by t.query_at
limit $3;

-- name: get_wallet_facts
-- What accounts of a person have, and the shops of what movements were about: orders, and what shops' own programs sent or sold.
select a.id, a.credits_posted - a.debits_posted - a.debits_pending as available, a.debits_pending as held, null as shop_name
from ledger.public_accounts a
where a.shard = $1 and a.id = any ($2::uuid[])
union all
select o.id, 0, 0, o.shop_name
from orders.public_orders o
where o.shard = any ($3::smallint[]) and o.id = any ($4::uuid[])
union all
select w.id, 0, 0, s.name
from wire.public_subjects w
join shops.public_shops s on s.shard = w.shard and s.id = w.shop_id
where w.shard = any ($3::smallint[]) and w.id = any ($4::uuid[]);
