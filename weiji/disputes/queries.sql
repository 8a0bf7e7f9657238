-- name: read_disputes
-- Whole disputes, with what was sent of their orders and what came back ($4, in the order of the cases). Whoever changes one holds its order, so no lock is taken here.
select d.case_id, d.order_id, d.shop_id, d.buyer_id, d.opened_by, d.claim, d.file, encode(d.file_hash, 'hex') as file_hash,
  d.reason, d.rules, d.goods, d.most, d.state, d.due_at, d.stop_at, d.opened_at, d.ended_at, d.appealed_by, d.appealed_at, d.appeal, d.awarded,
  d.ruled, d.text_as_of,
  (select coalesce(jsonb_object_agg(o.case_id, case when o.ended_at is null then o.most else coalesce(o.awarded, 0) end), '{}')
   from disputes.disputes o where o.shard = d.shard and o.order_id = d.order_id and o.case_id <> d.case_id) as beside,
  (select s.suspended_at from aftersale.public_suspended s where s.shard = d.shard and s.case_id = d.case_id) as suspended_at,
  (select coalesce(jsonb_agg(jsonb_build_object('side', e.side, 'words', e.words, 'pictures', e.pictures,
     'hash', encode(e.hash, 'hex'), 'submitted_at', e.submitted_at) order by e.submitted_at, e.side), '[]')
   from disputes.evidence e where e.shard = d.shard and e.case_id = d.case_id) as evidence,
  (select coalesce(jsonb_agg(to_jsonb(r) order by r.number), '[]')
   from disputes.rulings r where r.shard = d.shard and r.case_id = d.case_id) as rulings,
  (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'amount', c.amount, 'state', c.state, 'proposed_at', c.proposed_at,
     'expires_at', c.expires_at, 'decided_at', c.decided_at) order by c.proposed_at, c.id), '[]')
   from approvals.public_compensations c
   where c.shard = d.shard and c.case_id = d.case_id and c.order_id = d.order_id) as compensations,
  (select coalesce(jsonb_agg(jsonb_build_object('side', m.side, 'place', m.place, 'rule_id', m.rule_id, 'word', m.word,
     'name', m.name, 'action', m.action, 'found', m.found) order by m.marked_at, m.side, m.place, m.rule_id, m.word), '[]')
   from disputes.marks m where m.shard = d.shard and m.case_id = d.case_id) as marks,
  (select h.payment_id from orders.public_holds h where h.shard = d.shard and h.id = d.order_id) as payment_id,
  (select coalesce(jsonb_agg(jsonb_build_object('carrier', p.carrier, 'tracking_number', p.tracking_number,
     'shipped_at', p.shipped_at, 'delivered_at', p.delivered_at, 'is_return', p.is_return,
     'tracking', (select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'text', e.text, 'state', e.state, 'place', e.place)
        order by e.at desc, e.id), '[]')
        from (select t.id, t.at, t.text, t.state, t.place from carriers.public_events t
              where t.shard = d.shard and t.parcel_id = p.followed_id order by t.at desc, t.id limit $3) e)) order by p.shipped_at, p.id), '[]')
   from (select o.id, o.carrier, o.tracking_number, o.shipped_at, o.delivered_at, false as is_return,
           (select f.followed_id from carriers.public_parcels f
            where f.shard = o.shard and f.id = o.id and f.order_id = o.order_id and f.case_id is null) as followed_id
         from orders.public_parcels o where o.shard = d.shard and o.order_id = d.order_id
         union all
         select c.id, coalesce(d.file -> 'case' ->> 'return_carrier', c.carrier, ''), c.tracking_number, c.shipped_at, c.delivered_at, true, c.followed_id
         from carriers.public_parcels c
         where c.shard = d.shard and c.id = ($4::uuid[])[array_position($2::uuid[], d.case_id)]
           and c.order_id = d.order_id and c.case_id = d.case_id) p) as parcels
from disputes.disputes d
where d.shard = any ($1::smallint[]) and d.case_id = any ($2::uuid[]);

-- name: read_parcels
-- Of cases that are to be disputed: what was sent of their orders, and what came back ($4, whose carriers the cases name).
with asked as (
  select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) as a (shard, case_id, order_id, return_id, carrier)),
parcels as (
  select a.case_id, o.shard, o.id, o.carrier, o.tracking_number, o.shipped_at, o.delivered_at, false as is_return,
    (select f.followed_id from carriers.public_parcels f
     where f.shard = o.shard and f.id = o.id and f.order_id = o.order_id and f.case_id is null) as followed_id
  from asked a join orders.public_parcels o on o.shard = a.shard and o.order_id = a.order_id
  where o.shard = any ($1::smallint[])
  union all
  select a.case_id, c.shard, c.id, coalesce(a.carrier, c.carrier, ''), c.tracking_number, c.shipped_at, c.delivered_at, true, c.followed_id
  from asked a join carriers.public_parcels c
    on c.shard = a.shard and c.id = a.return_id and c.order_id = a.order_id and c.case_id = a.case_id
  where c.shard = any ($1::smallint[]))
select p.case_id, p.carrier, p.tracking_number, p.shipped_at, p.delivered_at, p.is_return,
  (select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'text', e.text, 'state', e.state, 'place', e.place)
     order by e.at desc, e.id), '[]')
   from (select t.id, t.at, t.text, t.state, t.place from carriers.public_events t
         where t.shard = p.shard and t.parcel_id = p.followed_id order by t.at desc, t.id limit $6) e) as tracking
from parcels p
order by p.shipped_at, p.id;

-- name: add_disputes
insert into disputes.disputes (shard, case_id, order_id, shop_id, buyer_id, opened_by, claim, file, file_hash, reason, rules,
  goods, most, state, due_at, stop_at, opened_at, ended_at)
select n.shard, n.case_id, n.order_id, n.shop_id, n.buyer_id, n.opened_by, n.claim, n.file, decode(n.file_hash, 'hex'), n.reason,
  n.rules, n.goods, n.most, n.state, n.due_at, n.stop_at, n.opened_at, n.ended_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::jsonb[], $9::text[],
  $10::text[], $11::jsonb[], $12::bigint[], $13::bigint[], $14::text[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[],
  $18::timestamptz[])
  as n (shard, case_id, order_id, shop_id, buyer_id, opened_by, claim, file, file_hash, reason, rules, goods, most, state,
    due_at, stop_at, opened_at, ended_at);

-- name: change_disputes
update disputes.disputes d
set state = n.state, due_at = n.due_at, stop_at = n.stop_at, ended_at = n.ended_at, appealed_by = n.appealed_by,
  appealed_at = n.appealed_at, appeal = n.appeal, awarded = n.awarded, ruled = n.ruled
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::text[],
  $8::timestamptz[], $9::text[], $10::bigint[], $11::bigint[])
  as n (shard, case_id, state, due_at, stop_at, ended_at, appealed_by, appealed_at, appeal, awarded, ruled)
where d.shard = any ($1::smallint[]) and d.shard = n.shard and d.case_id = n.case_id;

-- name: add_evidence
insert into disputes.evidence (shard, case_id, side, words, pictures, hash, submitted_by, submitted_at)
select n.shard, n.case_id, n.side, n.words, n.pictures::jsonb, decode(n.hash, 'hex'), n.submitted_by, $8
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[])
  as n (shard, case_id, side, words, pictures, hash, submitted_by);

-- name: add_marks
insert into disputes.marks (shard, case_id, side, place, rule_id, word, name, action, found, marked_at, opened_at)
select n.shard, n.case_id, n.side, n.place, n.rule_id, n.word, n.name, n.action, n.found, $10, n.opened_at
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
    $11::timestamptz[])
  as n (shard, case_id, side, place, rule_id, word, name, action, found, opened_at)
on conflict do nothing;

-- name: put_rulings
insert into disputes.rulings (shard, case_id, number, is_appeal, share, freight_by, amount, words, postings, signed_by,
  signed_at, seconded_by, seconded_at, rejected_by, rejected_at, objection, basis, postage, goods_back)
select n.shard, n.case_id, n.number, n.is_appeal, n.share, n.freight_by, n.amount, n.words, n.postings::jsonb, n.signed_by,
  n.signed_at, n.seconded_by, n.seconded_at, n.rejected_by, n.rejected_at, n.objection, n.basis, n.postage, n.goods_back
from unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::boolean[], $5::smallint[], $6::text[], $7::bigint[],
  $8::text[], $9::text[], $10::uuid[], $11::timestamptz[], $12::uuid[], $13::timestamptz[], $14::uuid[], $15::timestamptz[],
  $16::text[], $17::text[], $18::bigint[], $19::boolean[])
  as n (shard, case_id, number, is_appeal, share, freight_by, amount, words, postings, signed_by,
    signed_at, seconded_by, seconded_at, rejected_by, rejected_at, objection, basis, postage, goods_back)
on conflict (case_id, number, shard) do update
set seconded_by = excluded.seconded_by, seconded_at = excluded.seconded_at, rejected_by = excluded.rejected_by,
  rejected_at = excluded.rejected_at, objection = excluded.objection;

-- name: get_due_disputes
-- Those of which the clock opens the evidence or executes the ruling, and those that it has to decide itself.
select case_id from disputes.disputes
where shard between 0 and 63 and due_at is not null
  and (due_at <= $1 and state in ('evidence', 'ruled') or stop_at <= $1 and state not in ('evidence', 'ruled'))
order by due_at
limit $2;

-- name: list_disputes
-- For arbiters: those of all shops that stand somewhere, the newest first. No file is read.
select d.case_id, d.order_id, d.shop_id, d.asked_shop as shop_name, d.buyer_id, d.asked_buyer as buyer_name, d.asked_title as title,
  d.asked_kind as kind, d.reason, d.opened_by, d.goods, d.most, d.state, d.due_at, d.stop_at, d.opened_at, d.ended_at, d.awarded,
  (select s.suspended_at from aftersale.public_suspended s where s.shard = d.shard and s.case_id = d.case_id) as suspended_at
from disputes.disputes d
where d.shard between 0 and 63 and d.state = any ($1::text[]) and (d.opened_at, d.case_id) < ($2, $3)
order by d.opened_at desc, d.case_id desc
limit $4;

-- name: list_marked_disputes
-- The same of those alone in which word rules found something, by their marks: they may be few.
select d.case_id, d.order_id, d.shop_id, d.asked_shop as shop_name, d.buyer_id, d.asked_buyer as buyer_name, d.asked_title as title,
  d.asked_kind as kind, d.reason, d.opened_by, d.goods, d.most, d.state, d.due_at, d.stop_at, d.opened_at, d.ended_at, d.awarded,
  (select s.suspended_at from aftersale.public_suspended s where s.shard = d.shard and s.case_id = d.case_id) as suspended_at
from (
  select distinct m.opened_at, m.case_id, m.shard from disputes.marks m
  where m.shard between 0 and 63 and (m.opened_at, m.case_id) < ($2, $3)
  order by m.opened_at desc, m.case_id desc, m.shard) m
join disputes.disputes d on d.shard = m.shard and d.case_id = m.case_id and d.state = any ($1::text[])
order by m.opened_at desc, m.case_id desc, m.shard
limit $4;

-- name: list_open_disputes
-- For arbiters: those that are not over, the first that is due first, and behind them those whose time stands still.
select d.case_id, d.order_id, d.shop_id, d.asked_shop as shop_name, d.buyer_id, d.asked_buyer as buyer_name, d.asked_title as title,
  d.asked_kind as kind, d.reason, d.opened_by, d.goods, d.most, d.state, d.due_at, d.stop_at, d.opened_at, d.ended_at, d.awarded,
  (select s.suspended_at from aftersale.public_suspended s where s.shard = d.shard and s.case_id = d.case_id) as suspended_at
from disputes.disputes d
where d.shard between 0 and 63 and d.ended_at is null and d.state = any ($1::text[])
  and (coalesce(d.due_at, $5), d.case_id) > ($2, $3)
  and (not $6 or exists (select from disputes.marks m where m.shard = d.shard and m.case_id = d.case_id))
order by coalesce(d.due_at, $5), d.case_id
limit $4;

-- name: count_disputes
-- Those that are not over, and those of them in which word rules found something.
select d.state, count(*) as n,
  count(*) filter (where exists (select from disputes.marks m where m.shard = d.shard and m.case_id = d.case_id)) as marked
from disputes.disputes d
where d.shard between 0 and 63 and d.due_at is not null
group by d.state;

-- name: get_similar
-- Of the newest that were decided for the same reason ($4), those most like it, each with its last ruling: about the same
-- goods, about goods of their kind, or asking for the same.
with newest as materialized (
  select d.shard, d.case_id, d.asked_title, d.asked_product, d.asked_delivery, d.asked_kind, d.most, d.ended_at
  from disputes.disputes d
  where d.shard between 0 and 63 and d.state = 'executed' and d.reason = $1 and d.case_id <> $2
  order by d.ended_at desc
  limit $4)
select n.case_id, n.asked_title as title, n.asked_kind as kind, r.share, r.amount, n.most, r.words, r.basis,
  n.ended_at
from newest n
join disputes.rulings r on r.shard = n.shard and r.case_id = n.case_id and r.rejected_by is null
where r.shard between 0 and 63
  and not exists (select from disputes.rulings l
    where l.shard = r.shard and l.case_id = r.case_id and l.number > r.number and l.rejected_by is null)
order by (n.asked_product = $5) desc, (n.asked_delivery = $6) desc, (n.asked_kind = $7) desc,
  n.ended_at desc
limit $3;

-- name: get_statistics
-- Of a shop ($2 and $3 are its id), or of all (the first and the last id there may be). All that is counted is in an index,
-- so no file is read. What counts is what was ruled: what was awarded is less where a channel had given some back.
select count(*) filter (where state = 'executed') as decided,
  count(*) filter (where state = 'executed' and coalesce(ruled, awarded) = most) as for_buyer,
  count(*) filter (where state = 'executed' and coalesce(ruled, awarded) > 0 and coalesce(ruled, awarded) < most) as shared,
  count(*) filter (where state = 'executed' and coalesce(ruled, awarded) = 0) as for_merchant,
  count(*) filter (where state = 'executed' and appealed_by is not null) as appealed,
  coalesce(sum(most) filter (where state = 'executed'), 0)::bigint as disputed_amount,
  coalesce(sum(coalesce(ruled, awarded)), 0)::bigint as awarded_amount,
  count(*) filter (where state = 'withdrawn') as withdrawn,
  count(*) filter (where state not in ('executed', 'withdrawn')) as open
from disputes.disputes
where shard = any ($1::smallint[]) and shop_id between $2 and $3;

-- name: get_written
-- What was said to arbiters in disputes of a shard since a time, some at a time; but for what is sealed.
select d.case_id, d.shop_id,
  array[case when d.opened_at > $3 then d.claim else '' end,
    case when coalesce(d.appealed_at, d.opened_at) > $3 then d.appeal else '' end]
  || coalesce((select array_agg(e.words order by e.side, e.submitted_at) from disputes.evidence e
     where e.shard = d.shard and e.case_id = d.case_id and e.submitted_at > $3 and d.state <> 'evidence'), '{}') as said
from disputes.disputes d
where d.shard = $1 and d.case_id > $2 and (d.ended_at is null or d.ended_at > $3)
order by d.case_id
limit $4;
