-- name: get_unwatched
-- Shops whose logs nobody reads yet.
select s.id, date_trunc('hour', s.created_at, 'UTC') as until
from shops.public_shops s
left join supervision.watched w on w.shard = s.shard and w.shop_id = s.id
where s.shard = any ($1::smallint[]) and w.shop_id is null
order by s.id
limit $2;

-- name: add_watched
insert into supervision.watched (shard, shop_id, until)
select n.shard, n.shop_id, n.until from unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) as n (shard, shop_id, until)
on conflict (shop_id, shard) do nothing;

-- name: lock_due
-- Shops whose log goes on, or of whom something was counted in an hour that is over. Who comes second takes others.
select w.shop_id, w.seq, w.until, w.latest, h.seq as head
from supervision.watched w
join events.public_heads h on h.shard = w.shard and h.stream = w.shop_id
where w.shard = any ($1::smallint[]) and h.shard = any ($1::smallint[]) and (h.seq > w.seq or w.latest >= w.until and w.latest < $2)
order by w.shop_id
limit $3
for no key update of w skip locked;

-- name: lock_watched
-- In id order, as those that are due are.
select w.shop_id, w.seq, w.until, w.latest, w.seq as head
from supervision.watched w
where w.shard = any ($1::smallint[]) and w.shop_id = any ($2::uuid[])
order by w.shop_id
for no key update;

-- name: get_roles
-- The roles of people, `scope role` each; those without any are left out.
select c.person_id, c.roles from identity.callers c
where c.shard = any ($1::smallint[]) and c.person_id = any ($2::uuid[]) and c.roles <> '{}';

-- name: put_watched
update supervision.watched w set seq = n.seq, until = n.until, latest = n.latest
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::timestamptz[]) as n (shard, shop_id, seq, until, latest)
where w.shard = any ($1::smallint[]) and w.shard = n.shard and w.shop_id = n.shop_id;

-- name: get_owed
-- From when on orders were to be sent.
select o.id, greatest(o.paid_at, o.ships_at) as owed_at
from orders.public_orders o
where o.shard = any ($1::smallint[]) and o.id = any ($2::uuid[]) and o.paid_at is not null;

-- name: get_offered
-- What SKUs of products cost when these were offered, and what they cost when these were offered last; but those that cost the same,
-- unless they are withdrawn, or came lately, or something went: another may have taken its place; or the product has its title since then.
select o.place, o.is_titled, o.sku_id, o.price, o.before, o.choices, o.position, o.is_withdrawn, o.is_new, o.is_beside, o.began_at,
  o.withdrawn_at
from (
  select n.*, bool_or(not n.is_withdrawn and not n.is_new and n.before is not null) over (partition by n.place) as is_beside,
    bool_or(n.is_withdrawn and n.withdrawn_at > n.last_at) over (partition by n.place) as is_less
  from (
  select asked.place, asked.at, asked.last_at, coalesce(p.titled_at >= asked.at, false) as is_titled, c.sku_id, c.choices, c.position,
    c.withdrawn_at, coalesce(c.came_at > asked.last_at, false) as is_new,
    c.is_withdrawn and coalesce(c.withdrawn_at <= asked.at, true) as is_withdrawn,
    coalesce(c.came_at, min(c.changed_at)) as began_at, (array_agg(c.price order by c.version desc))[1] as price,
    (array_agg(c.price order by c.version desc) filter (where c.changed_at <= asked.last_at and c.version < asked.version))[1] as before
  from unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::integer[], $5::timestamptz[]) with ordinality
    as asked (shard, product_id, at, version, last_at, place)
  join catalog.public_products p on p.shard = asked.shard and p.id = asked.product_id
  join catalog.public_price_changes c on c.shard = asked.shard and c.product_id = asked.product_id
    and c.changed_at <= asked.at and c.version <= asked.version
  where c.shard = any ($7::smallint[]) and p.shard = any ($7::smallint[])
  group by asked.place, asked.at, asked.last_at, p.titled_at, c.sku_id, c.choices, c.position, c.withdrawn_at, c.is_withdrawn,
    c.came_at) n) o
where o.is_withdrawn or o.is_less or o.is_titled or o.before is distinct from o.price or o.began_at > o.at - $6::interval
order by o.place, o.sku_id;

-- name: get_texts
-- What goods say by which they are known again.
select p.id as product_id, p.shop_id, p.title_mark, p.pictures -> 0 ->> 'url' as picture
from catalog.public_products p
where p.shard = any ($1::smallint[]) and p.id = any ($2::uuid[]);

-- name: get_formers
-- What shops had on sale until lately under some titles, or with some pictures, and what they have: of each the latest $6, of those on
-- sale first what was so before $7. Goods count, and not what they said one after another.
select f.product_id, f.shop_id, f.title_mark, f.picture, f.is_on_sale, f.listed_at, f.off_sale_at
from (
  select d.*, row_number() over (partition by d.shop_id, d.title_mark, d.picture, d.is_on_sale
    order by d.off_sale_at desc, d.listed_at >= $7, d.listed_at desc, d.product_id) as place
  from (
    select distinct on (t.shop_id, t.product_id, t.title_mark, t.picture) t.*
    from (
      select t.product_id, t.shop_id, t.is_on_sale, t.listed_at, t.off_sale_at,
        case when t.title_mark = any ($4::text[]) then t.title_mark end as title_mark,
        case when t.picture = any ($5::text[]) then t.picture end as picture
      from catalog.public_sold_texts t
      where t.shard = any ($1::smallint[]) and t.shop_id = any ($2::uuid[]) and (t.is_on_sale or t.off_sale_at > $3)) t
    where t.title_mark is not null or t.picture is not null
    order by t.shop_id, t.product_id, t.title_mark, t.picture, t.off_sale_at desc nulls first) d) f
where f.place <= $6;

-- name: get_successors
-- What is on sale under a title that something else had until just then: where it came within $5 before that, and was on sale beside
-- the other, but not from the beginning ($6). Of each title the latest $7. Shops are read once, however much went.
with texts as materialized (
  select t.product_id, t.shop_id, t.title_mark, t.is_on_sale, t.listed_at, t.off_sale_at, t.titled_at
  from catalog.public_sold_texts t
  where t.shard = any ($1::smallint[]) and t.shop_id = any ($4::uuid[])
    and (t.product_id = any ($2::uuid[]) and t.off_sale_at = any ($3::timestamptz[])
      or t.is_on_sale and t.titled_at > (select min(at) from unnest($3::timestamptz[]) as at) - $5::interval))
select s.product_id, s.at, s.former_id
from (
  select q.product_id, asked.at, f.product_id as former_id,
    row_number() over (partition by f.product_id, asked.at order by q.titled_at desc, q.product_id) as place
  from unnest($2::uuid[], $3::timestamptz[]) as asked (product_id, at)
  join texts f on f.product_id = asked.product_id and f.off_sale_at = asked.at
  join texts q on q.shop_id = f.shop_id and q.title_mark = f.title_mark and q.is_on_sale and q.product_id <> f.product_id
    and q.titled_at > asked.at - $5::interval and q.titled_at <= asked.at and f.listed_at < q.titled_at - $6::interval) s
where s.place <= $7
group by s.product_id, s.at, s.former_id;

-- name: get_last_prices
-- What SKUs of goods cost at some time, as far as these had them then. Each is read once, whatever the times asked.
with changes as materialized (
  select c.product_id, c.sku_id, c.choices, c.version, c.price, c.changed_at, c.is_withdrawn, c.withdrawn_at
  from catalog.public_price_changes c
  where c.shard = any ($3::smallint[]) and c.product_id = any ($1::uuid[]))
select c.product_id, asked.at, c.sku_id, c.choices, (array_agg(c.price order by c.version desc))[1] as price
from unnest($1::uuid[], $2::timestamptz[]) as asked (product_id, at)
join changes c on c.product_id = asked.product_id and c.changed_at <= asked.at
where not c.is_withdrawn or c.withdrawn_at > asked.at
group by c.product_id, asked.at, c.sku_id, c.choices
order by c.product_id, c.sku_id;

-- name: add_tallies
insert into supervision.tallies as t (shard, shop_id, hour, measure, subject_id, about_id, count, amount, before, prices)
select * from unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::uuid[], $6::uuid[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::jsonb[])
on conflict (shop_id, hour, measure, subject_id, about_id, shard) do update
set count = t.count + excluded.count, before = coalesce(t.before, excluded.before),
  amount = case when t.measure = 'priced' then excluded.amount else t.amount + excluded.amount end,
  prices = case when jsonb_array_length(t.prices) + jsonb_array_length(excluded.prices) <= $11 then t.prices || excluded.prices
    else (select jsonb_build_array(min(p::bigint), max(p::bigint), min(p::bigint))
          from jsonb_array_elements_text(t.prices || excluded.prices) as p) end;

-- name: get_prices_of
-- What SKUs of shops were offered at since an hour, the latest first.
select t.shop_id, t.hour, t.measure, t.subject_id, t.about_id, t.count, t.amount, t.before, t.prices
from supervision.tallies t
where t.shard = any ($1::smallint[]) and t.shop_id = any ($2::uuid[]) and t.hour >= $4 and t.measure = 'priced'
  and t.subject_id = any ($3::uuid[])
order by t.hour desc
limit $5;

-- name: add_inherited
insert into supervision.tallies (shard, shop_id, hour, measure, subject_id, about_id, count, amount, before, prices)
select * from unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::uuid[], $6::uuid[], $7::bigint[],
  $8::bigint[], $9::bigint[], $10::jsonb[])
on conflict do nothing;

-- name: get_tallies
-- Counts of shops, each since an hour and before another, of some measures; of buyers since a later hour.
select t.shop_id, t.hour, t.measure, t.subject_id, t.about_id, t.count, t.amount, t.before, t.prices
from unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
  as asked (shard, shop_id, since, buyers_since, before)
join supervision.tallies t on t.shard = asked.shard and t.shop_id = asked.shop_id and t.hour >= asked.since and t.hour < asked.before
where t.shard = any ($1::smallint[]) and t.measure = any ($6::text[]) and (t.measure <> 'bought' or t.hour >= asked.buyers_since)
order by t.shop_id, t.hour;

-- name: get_course
-- What was counted by the day: of a product its prices, by what its SKUs are called, else the orders and refunds of its shop.
select t.measure, t.subject_id, (t.hour at time zone 'Asia/Shanghai')::date as "on", sum(t.count) as count,
  (array_agg(t.amount order by t.hour desc))[1] as amount, (array_agg(t.before order by t.hour))[1] as before,
  coalesce(array_to_string(k.choices, ' · '), '') as name
from supervision.tallies t
left join catalog.public_skus k on k.shard = t.shard and k.id = t.subject_id
where t.shard = $1 and t.shop_id = $2 and t.hour >= $3
  and case when $4::uuid is null then t.measure in ('paid', 'refunded') else t.measure = 'priced' and t.about_id = $4 end
group by t.measure, t.subject_id, k.choices, "on"
order by "on";

-- name: get_open_hours
-- The hours of shops in which something was counted, each from one on.
select distinct t.shop_id, t.hour
from unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) as asked (shard, shop_id, since)
join supervision.tallies t on t.shard = asked.shard and t.shop_id = asked.shop_id and t.hour >= asked.since
where t.shard = any ($1::smallint[]);

-- name: forget_tallies
delete from supervision.tallies where shard between 0 and 63 and hour < $1;

-- name: get_watched_after
-- Some of the shops of a shard, by id.
select w.shop_id from supervision.watched w where w.shard = $1 and w.shop_id > $2 order by w.shop_id limit $3;

-- name: add_hits
-- Of a subject a rule finds one thing a day: who comes second adds nothing.
insert into supervision.hits (shard, id, rule_id, version, shop_id, subject_id, "on", hour, found)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::integer[], $5::uuid[], $6::uuid[], $7::date[], $8::timestamptz[],
  $9::jsonb[])
on conflict (rule_id, subject_id, "on", shard) do nothing
returning id;

-- name: link_hits
update supervision.hits h set inquiry_id = n.inquiry_id
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as n (shard, id, inquiry_id)
where h.shard = any ($1::smallint[]) and h.shard = n.shard and h.id = n.id;

-- name: get_settled
-- What rules found in subjects that staff have looked at because of it, and decided since a time.
select distinct h.rule_id, h.subject_id
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as asked (shard, rule_id, subject_id)
join supervision.hits h on h.shard = asked.shard and h.rule_id = asked.rule_id and h.subject_id = asked.subject_id
join supervision.inquiries i on i.shard = h.shard and i.id = h.inquiry_id
where h.shard = any ($1::smallint[]) and i.decided_at > $4;

-- name: list_hits
-- What rules found, the latest first: of one rule, of one shop, where they are given.
select h.id, h.version, h.found, h.inquiry_id, s.name as shop_name, s.handle as shop_handle,
  (select p.title from catalog.public_products p where p.shard = h.shard and p.id = h.subject_id) as title
from supervision.hits h
join shops.public_shops s on s.shard = h.shard and s.id = h.shop_id
where h.shard between 0 and 63 and ($1::uuid is null or h.rule_id = $1) and ($2::uuid is null or h.shop_id = $2)
  and (h.hour, h.id) < (coalesce($3, 'infinity'::timestamptz), coalesce($4, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
order by h.hour desc, h.id desc
limit $5;

-- name: get_latest
select version, created_at from supervision.conduct_versions order by version desc limit 1;

-- name: list_versions
select version, put, retired, author_id, reason, created_at, approver_id
from supervision.conduct_versions
where version < coalesce($1, 2147483647)
order by version desc
limit $2;

-- name: add_version
-- Whoever comes second waits for the first, and then finds the number taken.
insert into supervision.conduct_versions (version, put, retired, author_id, reason, created_at, approver_id)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing
returning version;

-- name: end_rules
update supervision.conduct_rules set to_version = $2 where id = any ($1::uuid[]) and to_version is null;

-- name: add_rules
insert into supervision.conduct_rules (id, from_version, name, rule)
select r.id, $4, r.name, r.rule from unnest($1::uuid[], $2::text[], $3::jsonb[]) as r (id, name, rule);

-- name: get_rules
-- Rules in force, and since when they find what they find.
select r.rule, r.from_version, v.created_at as since
from supervision.conduct_rules r
join supervision.conduct_versions v on v.version = r.from_version
where r.to_version is null
order by r.name, r.id;

-- name: get_history
-- What a rule was, the latest first.
select r.rule, r.from_version, r.to_version, v.author_id, v.reason, v.created_at
from supervision.conduct_rules r
join supervision.conduct_versions v on v.version = r.from_version
where r.id = $1
order by r.from_version desc
limit $2;

-- name: get_names
select p.id, p.title as name from catalog.public_products p where p.shard = any ($1::smallint[]) and p.id = any ($2::uuid[])
union all
select s.id, s.name from shops.public_shops s where s.shard = any ($1::smallint[]) and s.id = any ($2::uuid[]);

-- name: list_rules
-- Rules in force by name, how often each found something since a time, and what staff made of it.
select r.rule, coalesce(f.hits, 0) as hits, coalesce(f.shops, 0) as shops, coalesce(f.dismissed, 0) as dismissed,
  coalesce(f.upheld, 0) as upheld
from supervision.conduct_rules r
left join (
  select h.rule_id, count(*) as hits, count(distinct h.shop_id) as shops,
    count(distinct i.id) filter (where i.verdict = 'dismissed') as dismissed,
    count(distinct i.id) filter (where i.state = 'decided' and i.verdict <> 'dismissed') as upheld
  from supervision.hits h
  left join supervision.inquiries i on i.shard = h.shard and i.id = h.inquiry_id
  where h.shard between 0 and 63 and h.hour >= $1
  group by h.rule_id) f on f.rule_id = r.id
where r.to_version is null
order by r.name, r.id;

-- name: add_trials
insert into supervision.trials (id, fingerprint, rule, asked_by, asked_at, begins_at, ends_at)
select * from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
on conflict do nothing
returning id;

-- name: get_trials
select t.id, t.rule, t.asked_by, t.asked_at, t.begins_at, t.ends_at, t.next_shard, t.done_at, t.shops, t.hits, t.by_day, t.examples
from supervision.trials t where t.id = any ($1::uuid[]);

-- name: get_trial
-- A trial, the version of the rules in force, and a page of what it found, in the order in which it was found; and how much
-- of that is kept. By place and not by number: a process of before there were rows may have done some of the shards.
select t.id, t.rule, t.asked_by, t.asked_at, t.begins_at, t.ends_at, t.next_shard, t.done_at, t.shops, t.hits, t.by_day, t.examples,
  (select max(v.version) from supervision.conduct_versions v) as version,
  (select count(*) from supervision.trial_hits h where h.trial_id = t.id) as kept,
  (select coalesce(jsonb_agg(f.hit order by f.number), '[]')
   from (select h.number, h.hit from supervision.trial_hits h where h.trial_id = t.id order by h.number offset $2 limit $3) f) as found
from supervision.trials t where t.id = $1;

-- name: lock_trial
select t.id, t.rule, t.asked_by, t.asked_at, t.begins_at, t.ends_at, t.next_shard, t.done_at, t.shops, t.hits, t.by_day, t.examples
from supervision.trials t where t.done_at is null order by t.asked_at limit 1
for no key update skip locked;

-- name: put_trial
update supervision.trials set next_shard = $2, done_at = $3, shops = $4, hits = $5, by_day = $6, examples = $7 where id = $1;

-- name: add_trial_hits
insert into supervision.trial_hits (trial_id, number, hit)
select $1, $2 + f.number, f.hit from unnest($3::jsonb[]) with ordinality as f (hit, number);

-- name: get_tried
-- The latest trial of each rule.
select distinct on (t.fingerprint) t.fingerprint, t.id from supervision.trials t
where t.fingerprint = any ($1::text[]) and t.done_at > $2
order by t.fingerprint, t.done_at desc;

-- name: get_compared
-- Rules in force, and trials that are done.
select
  (select jsonb_agg(r.rule) from supervision.conduct_rules r where r.id = any ($1::uuid[]) and r.to_version is null) as known,
  (select jsonb_agg(jsonb_build_object('fingerprint', t.fingerprint, 'shops', t.shops, 'hits', t.hits))
   from supervision.trials t where t.id = any ($2::uuid[]) and t.done_at is not null) as trials;

-- name: forget_trial_hits
-- Those of trials that are gone, too: a process of before there were rows deletes a trial without them.
delete from supervision.trial_hits h
where not exists (select from supervision.trials t where t.id = h.trial_id and t.asked_at >= $1);

-- name: forget_trials
delete from supervision.trials where asked_at < $1;
