-- name: get_orders
-- Orders with their lines, when they were settled, and whether all that was paid went back.
select o.id, o.number, o.shop_id, o.buyer_id, o.buyer_name, o.settled_at, o.is_undone,
  (select jsonb_agg(jsonb_build_object('line', l.line, 'product_id', l.product_id, 'title', l.title, 'choices', l.choices)
     order by l.line)
   from orders.public_lines l where l.shard = o.shard and l.order_id = o.id) as lines
from orders.public_orders o
where o.shard = any ($1::smallint[]) and o.id = any ($2::uuid[]);

-- name: add_trades
-- A row for each that is settled, so that there is something to lock. In id order.
insert into reviews.trades (shard, order_id, shop_id, buyer_id, number, buyer_name, settled_at, due_at)
select shard, order_id, shop_id, buyer_id, number, buyer_name, settled_at, due_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[],
  $8::timestamptz[]) as t (shard, order_id, shop_id, buyer_id, number, buyer_name, settled_at, due_at)
order by order_id
on conflict (order_id, shard) do nothing;

-- name: lock_trades
select order_id, shop_id, buyer_id, number, buyer_name, is_anonymous, settled_at, due_at, service, shipping, written_at,
  rating, rating_text, rated_at, revealed_at, undone_at
from reviews.trades
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[])
order by order_id
for no key update;

-- name: get_reviews
select order_id, line, shop_id, product_id, title, choices, score, text, photos, written_at, revealed_at, answer, answered_at,
  follow_up, followed_up_at, removed_at, removed_by, removal_reason, text_screening, answer_screening, follow_up_screening
from reviews.reviews
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[])
order by order_id, line;

-- name: lock_reports
-- Those of orders, and whatever has the ids of new ones. An order that is not settled has no trade to lock, but reports.
select id, order_id, line, shop_id, person_id, kind, text, reported_at, ruled_at, ruled_by, is_removed, ruling
from reviews.reports
where shard = any ($1::smallint[]) and (order_id = any ($2::uuid[]) or id = any ($3::uuid[]))
order by id
for no key update;

-- name: update_trades
update reviews.trades t
set is_anonymous = n.is_anonymous, service = n.service, shipping = n.shipping, written_at = n.written_at,
  rating = n.rating, rating_text = n.rating_text, rated_at = n.rated_at, revealed_at = n.revealed_at,
  undone_at = n.undone_at
from unnest($2::smallint[], $3::uuid[], $4::boolean[], $5::smallint[], $6::smallint[], $7::timestamptz[], $8::text[],
  $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[])
  as n (shard, order_id, is_anonymous, service, shipping, written_at, rating, rating_text, rated_at, revealed_at, undone_at)
where t.shard = any ($1::smallint[]) and t.shard = n.shard and t.order_id = n.order_id;

-- name: put_reviews
insert into reviews.reviews
  (shard, order_id, line, shop_id, product_id, title, choices, score, text, photos, written_at, revealed_at, answer,
   answered_at, follow_up, followed_up_at, removed_at, removed_by, removal_reason, text_screening, answer_screening,
   follow_up_screening)
select shard, order_id, line, shop_id, product_id, title, array(select jsonb_array_elements_text(choices)), score, text,
  photos, written_at, revealed_at, answer, answered_at, follow_up, followed_up_at, removed_at, removed_by, removal_reason,
  text_screening, answer_screening, follow_up_screening
from unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::uuid[], $5::uuid[], $6::text[], $7::jsonb[], $8::smallint[],
  $9::text[], $10::jsonb[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::timestamptz[], $15::text[],
  $16::timestamptz[], $17::timestamptz[], $18::uuid[], $19::text[], $20::text[], $21::text[], $22::text[])
  as r (shard, order_id, line, shop_id, product_id, title, choices, score, text, photos, written_at, revealed_at, answer,
    answered_at, follow_up, followed_up_at, removed_at, removed_by, removal_reason, text_screening, answer_screening,
    follow_up_screening)
on conflict (order_id, line, shard) do update set
  revealed_at = excluded.revealed_at, answer = excluded.answer, answered_at = excluded.answered_at,
  follow_up = excluded.follow_up, followed_up_at = excluded.followed_up_at, removed_at = excluded.removed_at,
  removed_by = excluded.removed_by, removal_reason = excluded.removal_reason, text_screening = excluded.text_screening,
  answer_screening = excluded.answer_screening, follow_up_screening = excluded.follow_up_screening;

-- name: get_holds
select order_id, line, part, shop_id, words, held_at, judged_at, judged_by, is_released, reason
from reviews.holds
where shard = any ($1::smallint[]) and order_id = any ($2::uuid[]);

-- name: put_holds
insert into reviews.holds
  (shard, order_id, line, part, shop_id, words, held_at, judged_at, judged_by, is_released, reason)
select shard, order_id, line, part, shop_id, words, held_at, judged_at, judged_by, is_released, reason
from unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::text[], $5::uuid[], $6::jsonb[], $7::timestamptz[],
  $8::timestamptz[], $9::uuid[], $10::boolean[], $11::text[])
  as h (shard, order_id, line, part, shop_id, words, held_at, judged_at, judged_by, is_released, reason)
on conflict (order_id, line, part, shard) do update set
  judged_at = excluded.judged_at, judged_by = excluded.judged_by, is_released = excluded.is_released,
  reason = excluded.reason;

-- name: list_open_holds
select h.order_id, h.line, h.part, h.shop_id, s.name as shop_name, h.words, h.held_at, r.title, r.score,
  case h.part when 'review' then r.text when 'answer' then r.answer else r.follow_up end as text,
  case h.part when 'review' then '' else r.text end as review_text
from reviews.holds h
join reviews.reviews r on r.shard = h.shard and r.order_id = h.order_id and r.line = h.line
join shops.public_shops s on s.shard = h.shard and s.id = h.shop_id
where h.shard between 0 and 63 and h.judged_at is null
  and ($1::timestamptz is null or (h.held_at, h.order_id, h.line, h.part) > ($1, $2, $3, $4))
order by h.held_at, h.order_id, h.line, h.part
limit $5;

-- name: add_reports
-- An id that another has meanwhile is a race that is lost: the report of another is never written over.
insert into reviews.reports (shard, id, order_id, line, shop_id, person_id, kind, text, reported_at)
select shard, id, order_id, line, shop_id, person_id, kind, text, reported_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::smallint[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
  $9::timestamptz[]) as r (shard, id, order_id, line, shop_id, person_id, kind, text, reported_at);

-- name: rule_reports
update reviews.reports r
set ruled_at = n.ruled_at, ruled_by = n.ruled_by, is_removed = n.is_removed, ruling = n.ruling
from unnest($2::smallint[], $3::uuid[], $4::timestamptz[], $5::uuid[], $6::boolean[], $7::text[])
  as n (shard, id, ruled_at, ruled_by, is_removed, ruling)
where r.shard = any ($1::smallint[]) and r.shard = n.shard and r.id = n.id;

-- name: lock_product_counts
-- Locks the counts of products, in the order of their ids, and makes those that are not there.
insert into reviews.product_counts (shard, product_id, shop_id, stars)
select shard, product_id, shop_id, '{0,0,0,0,0}' from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as p (shard, product_id, shop_id)
order by product_id
on conflict (product_id, shard) do update set shop_id = excluded.shop_id;

-- name: add_to_product_counts
update reviews.product_counts c
set stars = array[c.stars[1] + n.one, c.stars[2] + n.two, c.stars[3] + n.three, c.stars[4] + n.four, c.stars[5] + n.five]
from unnest($2::smallint[], $3::uuid[], $4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::integer[])
  as n (shard, product_id, one, two, three, four, five)
where c.shard = any ($1::smallint[]) and c.shard = n.shard and c.product_id = n.product_id
returning c.product_id, c.stars;

-- name: lock_shop_months
insert into reviews.shop_months (shard, shop_id, month)
select shard, shop_id, month from unnest($1::smallint[], $2::uuid[], $3::date[]) as m (shard, shop_id, month)
order by shop_id, month
on conflict (shop_id, month, shard) do update set month = excluded.month;

-- name: add_to_shop_months
update reviews.shop_months m
set goods_sum = m.goods_sum + n.goods_sum, goods_number = m.goods_number + n.goods_number,
  service_sum = m.service_sum + n.service_sum, shipping_sum = m.shipping_sum + n.shipping_sum, trades = m.trades + n.trades
from unnest($2::smallint[], $3::uuid[], $4::date[], $5::integer[], $6::integer[], $7::integer[], $8::integer[], $9::integer[])
  as n (shard, shop_id, month, goods_sum, goods_number, service_sum, shipping_sum, trades)
where m.shard = any ($1::smallint[]) and m.shard = n.shard and m.shop_id = n.shop_id and m.month = n.month;

-- name: get_trades_to_reveal
select order_id from reviews.trades
where shard between 0 and 63 and revealed_at is null and undone_at is null and due_at <= $1
order by due_at
limit $2;

-- name: get_product_reviews
-- A product with its counts and a page of its reviews, those shown last first; removed ones keep their place, those of
-- trades that were undone have none. Of whom staff took a name, the one they have now is read.
select p.id, p.title, p.shop_id, s.name as shop_name, s.handle as shop_handle,
  (select c.stars from reviews.product_counts c where c.shard = p.shard and c.product_id = p.id) as stars,
  (select jsonb_agg(to_jsonb(x)) from (
    select r.order_id, r.line, r.shop_id, r.product_id, r.title, r.choices, r.score, r.text, r.photos, r.written_at,
      r.revealed_at, r.answer, r.answered_at, r.follow_up, r.followed_up_at, r.removed_at, r.removal_reason,
      r.answer_screening, r.follow_up_screening, t.is_anonymous,
      coalesce((select w.display_name from identity.public_people w
        where w.shard = kit.shard_of(t.buyer_id) and w.id = t.buyer_id and w.had_name_taken), t.buyer_name) as buyer_name
    from reviews.reviews r
    join reviews.trades t on t.shard = r.shard and t.order_id = r.order_id
    where r.shard = p.shard and r.product_id = p.id and r.revealed_at is not null and r.text_screening <> 'held'
      and t.undone_at is null
      and ($3::smallint is null or r.score = $3 and r.removed_at is null)
      and ($4::timestamptz is null or (r.revealed_at, r.order_id, r.line) < ($4, $5, $6))
    order by r.revealed_at desc, r.order_id desc, r.line desc
    limit $7) as x) as reviews
from catalog.public_products p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
where p.shard = $1 and p.id = $2;

-- name: get_shop_reviews
-- A shop with its months and a page of what was said of it, but for trades that were undone.
select s.id, s.name, s.handle,
  (select jsonb_agg(to_jsonb(m)) from (
    select shop_id, month, goods_sum, goods_number, service_sum, shipping_sum, trades
    from reviews.shop_months where shard = s.shard and shop_id = s.id and month >= $3
    order by month) as m) as months,
  (select jsonb_agg(to_jsonb(x)) from (
    select r.order_id, r.line, r.shop_id, r.product_id, r.title, r.choices, r.score, r.text, r.photos, r.written_at,
      r.revealed_at, r.answer, r.answered_at, r.follow_up, r.followed_up_at, r.removed_at, r.removal_reason,
      r.answer_screening, r.follow_up_screening, t.is_anonymous, t.number,
      coalesce((select w.display_name from identity.public_people w
        where w.shard = kit.shard_of(t.buyer_id) and w.id = t.buyer_id and w.had_name_taken), t.buyer_name) as buyer_name,
      (select h.reason from reviews.holds h
       where h.shard = r.shard and h.order_id = r.order_id and h.line = r.line and h.part = 'answer') as answer_refusal
    from (
      (select shard, order_id, line from reviews.reviews e
       where not $4::boolean and shard = s.shard and shop_id = s.id and revealed_at is not null and text_screening <> 'held'
         and not exists (select from reviews.trades u where u.shard = e.shard and u.order_id = e.order_id and u.undone_at is not null)
         and (revealed_at, order_id, line) < (coalesce($5::timestamptz, 'infinity'), $6::uuid, $7::smallint)
       order by revealed_at desc, order_id desc, line desc
       limit $8)
      union all
      (select shard, order_id, line from reviews.reviews e
       where $4::boolean and shard = s.shard and shop_id = s.id and revealed_at is not null and text_screening <> 'held'
         and answered_at is null and removed_at is null
         and not exists (select from reviews.trades u where u.shard = e.shard and u.order_id = e.order_id and u.undone_at is not null)
         and (revealed_at, order_id, line) < (coalesce($5::timestamptz, 'infinity'), $6::uuid, $7::smallint)
       order by revealed_at desc, order_id desc, line desc
       limit $8)) k
    join reviews.reviews r on r.shard = k.shard and r.order_id = k.order_id and r.line = k.line
    join reviews.trades t on t.shard = r.shard and t.order_id = r.order_id
    order by r.revealed_at desc, r.order_id desc, r.line desc) as x) as reviews
from shops.public_shops s
where s.shard = $1 and s.id = $2;

-- name: get_trade
-- Everything of one trade, for both sides: what may be seen of it is the caller's to decide.
select o.id, o.number, o.shop_id, o.shop_name, o.buyer_id, o.buyer_name, o.settled_at, o.is_undone, s.handle as shop_handle,
  (select jsonb_agg(jsonb_build_object('line', l.line, 'product_id', l.product_id, 'title', l.title, 'choices', l.choices,
     'picture', l.picture, 'kind', l.kind) order by l.line)
   from orders.public_lines l where l.shard = o.shard and l.order_id = o.id) as lines,
  (select to_jsonb(t) from reviews.trades t where t.shard = o.shard and t.order_id = o.id) as trade,
  (select jsonb_agg(to_jsonb(r) order by r.line) from reviews.reviews r where r.shard = o.shard and r.order_id = o.id) as reviews,
  (select jsonb_object_agg(h.line || '/' || h.part, h.reason) from reviews.holds h
   where h.shard = o.shard and h.order_id = o.id and not h.is_released) as refusals
from orders.public_orders o
join shops.public_shops s on s.shard = o.shard and s.id = o.shop_id
where o.shard = $1 and o.id = $2;

-- name: list_trades_of_buyer
-- The settled trades of a buyer, with what was said of them. They lie with the shops: on a cluster this asks every node.
select o.id, o.number, o.shop_id, o.shop_name, o.buyer_name, o.settled_at, o.is_undone, t.written_at, t.revealed_at, t.rating,
  t.rating_text,
  (select jsonb_agg(jsonb_build_object('line', l.line, 'product_id', l.product_id, 'title', l.title, 'choices', l.choices,
     'picture', l.picture, 'kind', l.kind) order by l.line)
   from orders.public_lines l where l.shard = o.shard and l.order_id = o.id) as lines
from orders.public_orders o
left join reviews.trades t on t.shard = o.shard and t.order_id = o.id
where o.shard between 0 and 63 and o.buyer_id = $1 and o.settled_at is not null
  and (not o.is_undone or t.written_at is not null)
  and ($2::timestamptz is null or (o.settled_at, o.id) < ($2, $3))
order by o.settled_at desc, o.id desc
limit $4;

-- name: list_trades_of_shop
-- Trades of a shop that are not rated yet, while they can be. Settled trades are listed by credit, which counts each: an
-- index of orders for it would have them leave their page when they are settled.
select o.id, o.number, o.shop_id, o.shop_name, o.settled_at, o.is_undone, t.written_at, t.revealed_at, t.rating,
  t.rating_text,
  coalesce((select w.display_name from identity.public_people w
    where w.shard = kit.shard_of(o.buyer_id) and w.id = o.buyer_id and w.had_name_taken), o.buyer_name) as buyer_name,
  (select jsonb_agg(jsonb_build_object('line', l.line, 'product_id', l.product_id, 'title', l.title, 'choices', l.choices,
     'picture', l.picture, 'kind', l.kind) order by l.line)
   from orders.public_lines l where l.shard = $1 and l.order_id = o.id) as lines
from credit.public_trades c
join orders.public_orders o on o.shard = $1 and o.id = c.order_id
left join reviews.trades t on t.shard = $1 and t.order_id = c.order_id
where c.shard = $1 and c.shop_id = $2 and c.settled_at > $3 and t.rated_at is null and not o.is_undone
  and ($4::timestamptz is null or (c.settled_at, c.order_id) < ($4, $5))
order by c.settled_at desc, c.order_id desc
limit $6;

-- name: list_open_reports
select p.id, p.order_id, p.line, p.shop_id, p.person_id, p.kind, p.text, p.reported_at, p.ruled_at, p.ruled_by, p.is_removed,
  p.ruling, s.name as shop_name, r.title, r.text as review_text, r.score
from reviews.reports p
join shops.public_shops s on s.shard = p.shard and s.id = p.shop_id
left join reviews.reviews r on r.shard = p.shard and r.order_id = p.order_id and r.line = p.line
where p.shard between 0 and 63 and p.ruled_at is null
  and ($1::timestamptz is null or (p.reported_at, p.id) > ($1, $2))
order by p.reported_at, p.id
limit $3;

-- name: get_scores
select shop_id, month, goods_sum, goods_number, service_sum, shipping_sum, trades
from reviews.shop_months
where shard = any ($1::smallint[]) and shop_id = any ($2::uuid[]) and month >= $3;

-- name: get_written
-- What was said of trades of a shard since a time, some at a time; whether everybody may read it.
select t.order_id, t.shop_id, s.name as shop_name, case when t.rated_at > $3 then t.rating_text else '' end as rating_text,
  (select jsonb_agg(jsonb_build_object('line', r.line, 'product_id', r.product_id, 'title', r.title,
      'text', case when r.written_at > $3 then r.text else '' end,
      'answer', case when r.answered_at > $3 then r.answer else '' end,
      'follow_up', case when r.followed_up_at > $3 then r.follow_up else '' end,
      'is_shown', r.revealed_at is not null and r.removed_at is null and t.undone_at is null) order by r.line)
   from reviews.reviews r
   where r.shard = t.shard and r.order_id = t.order_id and (r.written_at > $3 or r.answered_at > $3 or r.followed_up_at > $3)) as lines
from reviews.trades t
join shops.public_shops s on s.shard = t.shard and s.id = t.shop_id
where t.shard = $1 and t.order_id > $2 and (t.rated_at > $3 or exists (select from reviews.reviews r
  where r.shard = t.shard and r.order_id = t.order_id and (r.written_at > $3 or r.answered_at > $3 or r.followed_up_at > $3)))
order by t.order_id
limit $4;
