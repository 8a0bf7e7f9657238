-- What buyers say of what they bought, and shops of who bought: only of settled trades, and blind until both have.
create schema reviews;
grant usage on schema reviews to weiji_app;

-- A trade of which somebody said something. Nobody sees what the other said before `revealed_at`: both are in then, or the
-- time is up (`due_at`).
create table reviews.trades (
  shard smallint not null,
  order_id uuid not null,
  shop_id uuid not null,
  buyer_id uuid not null,
  number text not null,
  buyer_name text not null,
  is_anonymous boolean not null default true,
  settled_at timestamptz not null,
  due_at timestamptz not null,
  service smallint constraint trades_service_range check (service between 1 and 5),
  shipping smallint constraint trades_shipping_range check (shipping between 1 and 5),
  written_at timestamptz,
  rating text constraint trades_rating_is_known check (rating in ('good', 'neutral', 'bad')),
  rating_text text not null default '' constraint trades_rating_text_length check (length(rating_text) <= 500),
  rated_at timestamptz,
  revealed_at timestamptz,
  primary key (order_id, shard),
  constraint trades_written_whole
    check ((written_at is null) = (service is null) and (written_at is null) = (shipping is null)),
  constraint trades_rated_whole check ((rated_at is null) = (rating is null)),
  constraint trades_are_blind check (revealed_at is null or revealed_at >= due_at
    or (written_at is not null and rated_at is not null)),
  constraint trades_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id))
) with (fillfactor = 80);
create index trades_to_reveal on reviews.trades (due_at) where revealed_at is null;
create index trades_of_a_buyer on reviews.trades (buyer_id, settled_at desc, order_id desc);
grant select, insert, update on reviews.trades to weiji_app;

-- What the buyer said of one line.
create table reviews.reviews (
  shard smallint not null,
  order_id uuid not null,
  line smallint not null,
  shop_id uuid not null,
  product_id uuid not null,
  title text not null,
  choices text[] not null,
  score smallint not null constraint reviews_score_range check (score between 1 and 5),
  text text not null constraint reviews_text_length check (length(text) <= 1000),
  photos jsonb not null default '[]' constraint reviews_photos_max check (jsonb_array_length(photos) <= 6),
  written_at timestamptz not null,
  revealed_at timestamptz,
  answer text not null default '' constraint reviews_answer_length check (length(answer) <= 500),
  answered_at timestamptz,
  follow_up text not null default '' constraint reviews_follow_up_length check (length(follow_up) <= 1000),
  followed_up_at timestamptz,
  removed_at timestamptz,
  removed_by uuid,
  removal_reason text not null default '' constraint reviews_removal_reason_length check (length(removal_reason) <= 500),
  primary key (order_id, line, shard),
  constraint reviews_answered_are_revealed check (answered_at is null or revealed_at is not null),
  constraint reviews_followed_up_are_revealed check (followed_up_at is null or revealed_at is not null),
  constraint reviews_removed_have_a_ruling
    check ((removed_at is null) = (removed_by is null) and (removed_at is null) = (removal_reason = '')),
  constraint reviews_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id))
) with (fillfactor = 80);
create index reviews_of_a_product on reviews.reviews (product_id, revealed_at desc, order_id desc, line desc)
  where revealed_at is not null;
create index reviews_of_a_shop on reviews.reviews (shop_id, revealed_at desc, order_id desc, line desc)
  where revealed_at is not null;
grant select, insert, update on reviews.reviews to weiji_app;

-- How many reviews of a product that are shown give how many stars.
create table reviews.product_counts (
  shard smallint not null,
  product_id uuid not null,
  shop_id uuid not null,
  stars integer[] not null constraint product_counts_five check (cardinality(stars) = 5 and 0 <= all (stars)),
  primary key (product_id, shard),
  constraint product_counts_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(product_id))
) with (fillfactor = 50);
grant select, insert, update on reviews.product_counts to weiji_app;

-- What the trades of a shop that were revealed in a month scored: sums and numbers, of goods by line.
create table reviews.shop_months (
  shard smallint not null,
  shop_id uuid not null,
  month date not null,
  goods_sum integer not null default 0,
  goods_number integer not null default 0,
  service_sum integer not null default 0,
  shipping_sum integer not null default 0,
  trades integer not null default 0,
  primary key (shop_id, month, shard),
  constraint shop_months_goods_range check (goods_sum between goods_number and 5 * goods_number),
  constraint shop_months_service_range check (service_sum between trades and 5 * trades),
  constraint shop_months_shipping_range check (shipping_sum between trades and 5 * trades),
  constraint shop_months_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
) with (fillfactor = 50);
grant select, insert, update on reviews.shop_months to weiji_app;

-- Who complains of what. Line 0 is the trade itself: that the shop pays for reviews, say.
create table reviews.reports (
  shard smallint not null,
  id uuid not null,
  order_id uuid not null,
  line smallint not null,
  shop_id uuid not null,
  person_id uuid not null,
  kind text not null constraint reports_kind_is_known check (kind in ('paid', 'abuse', 'privacy', 'advert', 'untrue')),
  text text not null constraint reports_text_length check (length(text) <= 500),
  reported_at timestamptz not null,
  ruled_at timestamptz,
  ruled_by uuid,
  is_removed boolean,
  ruling text not null default '' constraint reports_ruling_length check (length(ruling) <= 500),
  primary key (id, shard),
  constraint reports_once unique (order_id, line, person_id, shard),
  constraint reports_ruled_whole
    check ((ruled_at is null) = (ruled_by is null) and (ruled_at is null) = (is_removed is null)
      and (ruled_at is null) = (ruling = '')),
  constraint reports_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id) and shard = kit.shard_of(id))
);
create index reports_open on reviews.reports (reported_at, id) where ruled_at is null;
grant select, insert, update on reviews.reports to weiji_app;

-- What others may know of orders: whose they are, what was bought, and when they were settled.
create view orders.public_orders as
select shard, id, number, shop_id, shop_name, buyer_id, buyer_name, state, settled_at from orders.orders;
grant select on orders.public_orders to weiji_app;
create view orders.public_lines as
select shard, order_id, line, product_id, sku_id, title, choices, picture, kind, quantity from orders.lines;
grant select on orders.public_lines to weiji_app;
create index orders_settled_of_a_shop on orders.orders (shop_id, settled_at desc, id desc) where settled_at is not null;

-- What was said elsewhere comes along in an archive, to be read.
alter table porting.history drop constraint history_kind_is_known;
alter table porting.history add constraint history_kind_is_known
  check (kind in ('order', 'movement', 'price', 'customer', 'review'));
