-- What shops are known for: a point for each settled trade that counts, and the grade that the points add up to.
create schema credit;
grant usage on schema credit to weiji_app;

-- The rules in force are the latest; a change regrades every shop.
create table credit.rules (
  version integer primary key constraint rules_versions_count_up check (version > 0),
  rules jsonb not null,
  author_id uuid,
  reason text not null constraint rules_reason_length check (length(reason) between 1 and 500),
  created_at timestamptz not null
);
grant select, insert on credit.rules to weiji_app;

create table credit.trades (
  shard smallint not null,
  order_id uuid not null,
  shop_id uuid not null,
  buyer_id uuid not null,
  number text not null,
  amount bigint not null constraint trades_amount_is_not_negative check (amount >= 0),
  settled_at timestamptz not null,
  month date not null,
  verdict text not null constraint trades_verdict_is_known check (verdict in ('counted', 'too_small', 'same_buyer', 'ring')),
  primary key (order_id, shard),
  constraint trades_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id))
) with (fillfactor = 90);
create index trades_of_a_shop on credit.trades (shop_id, settled_at desc, order_id desc);
create index trades_of_a_buyer on credit.trades (shop_id, buyer_id, month, settled_at, order_id);
grant select, insert, update (verdict) on credit.trades to weiji_app;

-- Buyers whose trades with a shop count for nothing: each sells to the other.
create table credit.rings (
  shard smallint not null,
  shop_id uuid not null,
  buyer_id uuid not null,
  found_at timestamptz not null,
  primary key (shop_id, buyer_id, shard),
  constraint rings_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
);
grant select, insert on credit.rings to weiji_app;

-- Two people of whom one sold something to the other. The row is what whoever notes that takes turns at, so that of two
-- directions the later one finds the earlier.
create table credit.pairs (
  shard smallint not null,
  pair_id uuid not null,
  noted_at timestamptz not null,
  primary key (pair_id, shard),
  constraint pairs_live_in_their_shard check (shard = kit.shard_of(pair_id))
);
grant select, insert, update (noted_at) on credit.pairs to weiji_app;

-- Who sold to whom, by shop: both directions of two people lie in one place, whatever the shards of their shops.
create table credit.bonds (
  shard smallint not null,
  pair_id uuid not null,
  shop_id uuid not null,
  seller_id uuid not null,
  buyer_id uuid not null,
  made_at timestamptz not null,
  primary key (pair_id, shop_id, shard),
  constraint bonds_join_two check (seller_id <> buyer_id),
  constraint bonds_live_in_the_shard_of_their_pair check (shard = kit.shard_of(pair_id))
);
grant select, insert on credit.bonds to weiji_app;

create table credit.standings (
  shard smallint not null,
  shop_id uuid not null,
  score bigint not null default 0 constraint standings_score_is_not_negative check (score >= 0),
  grade smallint not null default 0 constraint standings_grade_range check (grade between 0 and 20),
  trades bigint not null default 0,
  amount bigint not null default 0,
  rules_version integer not null,
  graded_at timestamptz not null,
  primary key (shop_id, shard),
  constraint standings_have_a_trade_for_each_point check (score <= trades),
  constraint standings_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
) with (fillfactor = 50);
create index standings_by_rules on credit.standings (rules_version);
grant select, insert, update on credit.standings to weiji_app;

create view credit.public_standings as
select shard, shop_id, score, grade from credit.standings;
grant select on credit.public_standings to weiji_app;

insert into credit.rules (version, rules, author_id, reason, created_at)
values (1, '{}', null, 'The defaults of the program.', '1970-01-01T00:00:00Z');
