-- How shops behave: what their logs tell, counted by the hour, and rules over the counts.
create view events.public_heads as
select shard, stream, seq from events.heads;
grant select on events.public_heads to weiji_app;

create view catalog.public_price_changes as
select c.shard, c.sku_id, k.product_id, c.version, c.price, c.changed_at
from catalog.price_changes c
join catalog.skus k on k.shard = c.shard and k.id = c.sku_id;
grant select on catalog.public_price_changes to weiji_app;

create or replace view orders.public_orders as
select shard, id, number, shop_id, shop_name, buyer_id, buyer_name, state, settled_at, total, placed_at, paid_at, ships_at
from orders.orders;

-- How far the log of a shop has been read and its hours judged.
create table supervision.watched (
  shard smallint not null,
  shop_id uuid not null,
  seq bigint not null default 0 constraint watched_seq_is_not_negative check (seq >= 0),
  until timestamptz not null,
  -- The latest hour in which something was counted.
  latest timestamptz,
  primary key (shop_id, shard),
  constraint watched_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint watched_until_full_hours check (date_trunc('hour', until, 'UTC') = until)
) with (fillfactor = 50);
grant select, insert, update on supervision.watched to weiji_app;

create table supervision.tallies (
  shard smallint not null,
  shop_id uuid not null,
  hour timestamptz not null,
  measure text not null constraint tallies_measure_is_known
    check (measure in ('paid', 'refunded', 'shipped', 'late', 'bought', 'priced', 'acted')),
  subject_id uuid not null,
  about_id uuid not null,
  count bigint not null constraint tallies_count_is_not_negative check (count >= 0),
  amount bigint not null,
  before bigint,
  primary key (shop_id, hour, measure, subject_id, about_id, shard),
  constraint tallies_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint tallies_are_of_full_hours check (date_trunc('hour', hour, 'UTC') = hour)
) with (fillfactor = 80);
create index tallies_in_order on supervision.tallies (hour);
grant select, insert, update, delete on supervision.tallies to weiji_app;

create table supervision.conduct_versions (
  version integer primary key constraint conduct_versions_count_up check (version > 0),
  put integer not null,
  retired integer not null,
  author_id uuid,
  reason text not null constraint conduct_versions_reason_length check (length(reason) between 1 and 500),
  created_at timestamptz not null
);
grant select, insert on supervision.conduct_versions to weiji_app;
insert into supervision.conduct_versions (version, put, retired, author_id, reason, created_at)
values (1, 0, 0, null, 'The defaults of the program.', '1970-01-01T00:00:00Z');

create table supervision.conduct_rules (
  id uuid not null,
  from_version integer not null,
  to_version integer,
  name text not null constraint conduct_rules_name_length check (length(name) between 1 and 60),
  rule jsonb not null constraint conduct_rules_rule_length check (length(rule::text) <= 20000),
  primary key (id, from_version),
  constraint conduct_rules_end_after_they_begin check (to_version > from_version)
);
create unique index conduct_rules_one_in_force on supervision.conduct_rules (id) where to_version is null;
grant select, insert, update (to_version) on supervision.conduct_rules to weiji_app;

-- What a rule would have found in the last ninety days, before it takes effect.
create table supervision.trials (
  id uuid primary key,
  fingerprint text not null,
  rule jsonb not null constraint trials_rule_length check (length(rule::text) <= 20000),
  asked_by uuid,
  asked_at timestamptz not null,
  begins_at timestamptz not null,
  ends_at timestamptz not null,
  next_shard smallint not null default 0 constraint trials_next_shard_range check (next_shard between 0 and 64),
  done_at timestamptz,
  shops integer not null default 0,
  hits integer not null default 0,
  by_day jsonb not null default '{}',
  examples jsonb not null default '[]' constraint trials_examples_length check (length(examples::text) <= 200000),
  constraint trials_end_after_all_shards check ((done_at is not null) = (next_shard = 64)),
  constraint trials_look_back check (begins_at < ends_at)
) with (fillfactor = 50);
create index trials_to_do on supervision.trials (asked_at) where done_at is null;
create index trials_of_a_rule on supervision.trials (fingerprint, done_at);
grant select, insert, update, delete on supervision.trials to weiji_app;

create table supervision.hits (
  shard smallint not null,
  id uuid not null,
  rule_id uuid not null,
  version integer not null,
  shop_id uuid not null,
  subject_id uuid not null,
  "on" date not null,
  hour timestamptz not null,
  found jsonb not null constraint hits_found_length check (length(found::text) <= 10000),
  inquiry_id uuid,
  primary key (id, shard),
  constraint hits_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create unique index hits_once_a_day on supervision.hits (rule_id, subject_id, "on", shard);
create index hits_in_order on supervision.hits (hour desc, id desc);
create index hits_of_a_shop on supervision.hits (shop_id, hour desc, id desc);
grant select, insert, update (inquiry_id) on supervision.hits to weiji_app;

alter table supervision.inquiries
  add column hits jsonb not null default '[]' constraint inquiries_hits_length check (length(hits::text) <= 200000);

-- What a rule imposed only until staff have looked at it.
alter table supervision.penalties
  add column hits jsonb not null default '[]' constraint penalties_hits_length check (length(hits::text) <= 200000),
  add column is_provisional boolean not null default false,
  add constraint penalties_of_people_are_final check (imposed_by is null or not is_provisional);
