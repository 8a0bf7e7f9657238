-- name: add_standings
insert into credit.standings (shard, shop_id, rules_version, graded_at)
select shard, shop_id, $3, $4 from unnest($1::smallint[], $2::uuid[]) as a (shard, shop_id)
on conflict (shop_id, shard) do nothing;

-- name: lock_standings
-- In id order: whatever counts for a shop takes turns here, so that its score is the number of trades that count.
select s.shop_id, s.score, s.grade, s.trades, s.amount, s.rules_version, s.graded_at
from unnest($1::smallint[], $2::uuid[]) as asked (shard, shop_id)
join credit.standings s on s.shard = asked.shard and s.shop_id = asked.shop_id
where s.shard = any ($1::smallint[])
order by s.shop_id
for no key update of s;

-- name: get_standings
select s.shop_id, s.score, s.grade, s.trades, s.amount, s.rules_version, s.graded_at
from unnest($1::smallint[], $2::uuid[]) as asked (shard, shop_id)
join credit.standings s on s.shard = asked.shard and s.shop_id = asked.shop_id
where s.shard = any ($1::smallint[]);

-- name: update_standings
update credit.standings s
set score = n.score, grade = n.grade, trades = n.trades, amount = n.amount, rules_version = n.rules_version, graded_at = $8
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::smallint[], $5::bigint[], $6::bigint[], $7::integer[])
  as n (shard, shop_id, score, grade, trades, amount, rules_version)
where s.shard = any ($1::smallint[]) and s.shard = n.shard and s.shop_id = n.shop_id;

-- name: add_trades
insert into credit.trades (shard, order_id, shop_id, buyer_id, number, amount, settled_at, month, verdict)
select shard, order_id, shop_id, buyer_id, number, amount, settled_at, month, 'counted'
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::timestamptz[], $8::date[])
  as t (shard, order_id, shop_id, buyer_id, number, amount, settled_at, month)
on conflict (order_id, shard) do nothing
returning order_id;

-- name: get_groups
-- Whole groups of trades: of a shop, a buyer and a month, which are judged together.
select t.order_id, t.shop_id, t.buyer_id, t.number, t.amount, t.settled_at, t.month, t.verdict, t.refunded
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::date[]) as asked (shard, shop_id, buyer_id, month)
join credit.trades t on t.shard = asked.shard and t.shop_id = asked.shop_id and t.buyer_id = asked.buyer_id
  and t.month = asked.month
where t.shard = any ($1::smallint[]);

-- name: get_trades_of_buyers
select t.order_id, t.shop_id, t.buyer_id, t.number, t.amount, t.settled_at, t.month, t.verdict, t.refunded
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as asked (shard, shop_id, buyer_id)
join credit.trades t on t.shard = asked.shard and t.shop_id = asked.shop_id and t.buyer_id = asked.buyer_id
where t.shard = any ($1::smallint[]);

-- name: get_groups_after
-- Some of a shop's trades, group by group, after a buyer and a month.
select order_id, shop_id, buyer_id, number, amount, settled_at, month, verdict, refunded
from credit.trades
where shard = $1 and shop_id = $2 and (buyer_id, month) > ($3, $4)
order by buyer_id, month, settled_at, order_id
limit $5;

-- name: judge_trades
update credit.trades t set verdict = n.verdict
from unnest($1::smallint[], $2::uuid[], $3::text[]) as n (shard, order_id, verdict)
where t.shard = any ($1::smallint[]) and t.shard = n.shard and t.order_id = n.order_id;

-- name: clear_tallies
update credit.tallies set trades = 0 where shard = $1 and shop_id = $2;

-- name: add_tallies
insert into credit.tallies (shard, shop_id, month, verdict, trades)
select shard, shop_id, month, verdict, 0
from unnest($1::smallint[], $2::uuid[], $3::date[], $4::text[]) as t (shard, shop_id, month, verdict)
on conflict (shop_id, month, verdict, shard) do nothing;

-- name: move_tallies
update credit.tallies t set trades = t.trades + n.trades
from unnest($1::smallint[], $2::uuid[], $3::date[], $4::text[], $5::bigint[]) as n (shard, shop_id, month, verdict, trades)
where t.shard = any ($1::smallint[]) and t.shard = n.shard and t.shop_id = n.shop_id and t.month = n.month and t.verdict = n.verdict;

-- name: get_trades
select order_id, shop_id, buyer_id, number, amount, settled_at, month, verdict, refunded
from credit.trades
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[]);

-- name: reduce_trades
update credit.trades t set refunded = n.refunded
from unnest($1::smallint[], $2::uuid[], $3::bigint[]) as n (shard, order_id, refunded)
where t.shard = any ($1::smallint[]) and t.shard = n.shard and t.order_id = n.order_id;

-- name: get_rings
select r.shop_id, r.buyer_id
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as asked (shard, shop_id, buyer_id)
join credit.rings r on r.shard = asked.shard and r.shop_id = asked.shop_id and r.buyer_id = asked.buyer_id
where r.shard = any ($1::smallint[]);

-- name: get_rings_of_shop
select buyer_id from credit.rings where shard = $1 and shop_id = $2;

-- name: add_rings
insert into credit.rings (shard, shop_id, buyer_id, found_at)
select shard, shop_id, buyer_id, $4 from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as r (shard, shop_id, buyer_id)
on conflict (shop_id, buyer_id, shard) do nothing
returning shop_id, buyer_id;

-- name: lift_rings
delete from credit.rings r
using unnest($1::smallint[], $2::uuid[], $3::uuid[]) as n (shard, shop_id, buyer_id)
where r.shard = any ($1::smallint[]) and r.shard = n.shard and r.shop_id = n.shop_id and r.buyer_id = n.buyer_id;

-- name: lock_pairs
insert into credit.pairs (shard, pair_id, noted_at)
select shard, pair_id, $3 from unnest($1::smallint[], $2::uuid[]) as p (shard, pair_id)
order by pair_id
on conflict (pair_id, shard) do update set noted_at = excluded.noted_at;

-- name: get_bonds
select pair_id, shop_id, seller_id, buyer_id
from credit.bonds
where shard = any ($1::smallint[]) and pair_id = any ($2::uuid[])
order by pair_id, shop_id;

-- name: get_bonds_of_shop
-- Those of some of its buyers, whoever owned it then.
select shop_id, seller_id, buyer_id
from credit.bonds
where shard between 0 and 63 and buyer_id = any ($2::uuid[]) and shop_id = $1;

-- name: get_owners
-- Which of these people have a shop.
select distinct owner_id from shops.public_shops where shard between 0 and 63 and owner_id = any ($1::uuid[]);

-- name: get_sellers_to
-- A page of the shops that people bought at: person by person, the first shops first.
select shop_id, seller_id, buyer_id
from credit.bonds
where shard between 0 and 63 and buyer_id = any ($1::uuid[])
order by buyer_id, made_at, shop_id
limit $2;

-- name: get_sales_between
select shop_id, seller_id, buyer_id
from credit.bonds
where shard between 0 and 63 and buyer_id = any ($2::uuid[]) and seller_id = any ($1::uuid[]);

-- name: count_trades_of_buyers
select t.shop_id, t.buyer_id, count(*) as trades
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as asked (shard, shop_id, buyer_id)
join credit.trades t on t.shard = asked.shard and t.shop_id = asked.shop_id and t.buyer_id = asked.buyer_id
where t.shard = any ($1::smallint[])
group by t.shop_id, t.buyer_id;

-- name: add_bonds
insert into credit.bonds (shard, pair_id, shop_id, seller_id, buyer_id, made_at)
select shard, pair_id, shop_id, seller_id, buyer_id, $6
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[]) as b (shard, pair_id, shop_id, seller_id, buyer_id);

-- name: list_trades
select order_id, shop_id, buyer_id, number, amount, settled_at, month, verdict, refunded
from credit.trades
where shard = $1 and shop_id = $2 and ($3::text[] is null or verdict = any ($3))
  and ($4::timestamptz is null or (settled_at, order_id) < ($4, $5))
order by settled_at desc, order_id desc
limit $6;

-- name: get_record
-- A shop with where it stands, its trades by month and verdict since a month, and the rules: all that a page shows.
select s.id, s.handle, s.name, s.colour, s.created_at, c.score, c.grade, c.trades, c.amount, c.rules_version, c.graded_at,
  (select jsonb_agg(jsonb_build_array(t.month, t.verdict, t.trades) order by t.month, t.verdict)
   from credit.tallies t
   where t.shard = $1 and t.shop_id = $2 and t.month >= $3 and t.trades > 0) as tallies,
  (select r.rules from rulebook.public_versions r where r.name = 'credit' and r.effective_at <= $4
   order by r.version desc limit 1) as rules,
  (select jsonb_agg(to_jsonb(b) - '{shard,document,brought_by,asked_at,shop_id}'::text[] order by b.score desc, b.issuer)
   from credit.brought b
   where b.shard = s.shard and b.shop_id = s.id and b.state = 'in_force' and b.expires_at > $4
     and exists (select from credit.issuers i where i.address = b.issuer and i.ended_at is null)) as brought
from shops.public_shops s
left join credit.standings c on c.shard = s.shard and c.shop_id = s.id
where s.shard = $1 and s.id = $2;

-- name: get_stale
select shop_id from credit.standings where shard between 0 and 63 and rules_version < $1 order by rules_version limit $2;
