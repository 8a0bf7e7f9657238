-- Coupons. A campaign lies with its shop, or, where the platform pays, near the treasury; its coupons lie with it, so that
-- those who claim take turns at one row. Money is in the ledger: the budget of a campaign of the platform.
create schema coupons;
grant usage on schema coupons to weiji_app;

create table coupons.campaigns (
  shard smallint not null,
  id uuid not null,
  shop_id uuid,
  name text not null constraint campaigns_name_length check (length(name) between 1 and 40),
  state text not null
    constraint campaigns_state_is_known check (state in ('created', 'running', 'paused', 'stopped')),
  amount bigint not null constraint campaigns_amount_range check (amount between 1 and 100000000),
  percent smallint not null default 0 constraint campaigns_percent_range check (percent between 0 and 99),
  threshold bigint not null constraint campaigns_threshold_range check (threshold between 0 and 1000000000000),
  product_ids uuid[] not null default '{}',
  category_ids uuid[] not null default '{}',
  quantity integer not null constraint campaigns_quantity_range check (quantity between 1 and 10000000),
  claimed integer not null default 0,
  per_person smallint not null constraint campaigns_per_person_range check (per_person between 1 and 100),
  starts_at timestamptz not null,
  ends_at timestamptz not null constraint campaigns_last_for_a_while check (ends_at > starts_at),
  valid_days smallint not null default 0 constraint campaigns_valid_days_range check (valid_days between 0 and 365),
  code text constraint campaigns_code_shape check (code ~ '^[^\s]{4,20}$'),
  created_at timestamptz not null,
  started_at timestamptz,
  stopped_at timestamptz,
  primary key (id, shard),
  constraint campaigns_live_with_their_shop
    check (shard = kit.shard_of(id) and (shop_id is null or shard = kit.shard_of(shop_id))),
  constraint campaigns_not_overclaimed check (claimed between 0 and quantity),
  constraint campaigns_scope_is_one check (product_ids = '{}' or category_ids = '{}'),
  constraint campaigns_scope_limit check (cardinality(product_ids) <= 100 and cardinality(category_ids) <= 1000),
  constraint campaigns_fixed_amounts_are_below_their_threshold check (percent > 0 or threshold = 0 or amount < threshold),
  constraint campaigns_claimed_were_started check (claimed = 0 or started_at is not null),
  constraint campaigns_run_since_they_were_started check ((state = 'created') <= (started_at is null)),
  constraint campaigns_stopped_at_some_time check ((state = 'stopped') = (stopped_at is not null))
) with (fillfactor = 70);
create index campaigns_of_a_shop on coupons.campaigns (shop_id, id desc) where shop_id is not null;
create index campaigns_of_the_platform on coupons.campaigns (id desc) where shop_id is null;
create index campaigns_open on coupons.campaigns (shop_id, ends_at) where state = 'running' and code is null;
grant select, insert, update (state, claimed, started_at, stopped_at) on coupons.campaigns to weiji_app;

-- Words that people type to get a coupon: each leads to one campaign, for ever.
create table coupons.codes (
  code text not null,
  campaign_id uuid not null,
  primary key (code),
  constraint codes_are_folded check (code = lower(code))
);
comment on table coupons.codes is 'Which campaign has a code. citus: distributed by code';
grant select, insert on coupons.codes to weiji_app;

create table coupons.coupons (
  shard smallint not null,
  id uuid not null,
  campaign_id uuid not null,
  person_id uuid not null,
  place smallint not null,
  per_person smallint not null,
  state text not null default 'unused'
    constraint coupons_state_is_known check (state in ('unused', 'reserved', 'used')),
  claimed_at timestamptz not null,
  expires_at timestamptz not null,
  order_id uuid,
  amount bigint constraint coupons_amount_is_positive check (amount > 0),
  sales bigint constraint coupons_sales_are_not_negative check (sales >= 0),
  used_at timestamptz,
  primary key (id, shard),
  constraint coupons_live_with_their_campaign check (shard = kit.shard_of(id) and shard = kit.shard_of(campaign_id)),
  constraint coupons_one_for_each_place unique (campaign_id, person_id, place, shard),
  constraint coupons_of_a_person_are_limited check (place between 1 and per_person),
  constraint coupons_taken_by_an_order
    check ((state = 'unused') = (order_id is null) and (order_id is null) = (amount is null) and (order_id is null) = (sales is null)),
  constraint coupons_used_at_some_time check ((state = 'used') = (used_at is not null))
) with (fillfactor = 70);
create index coupons_of_a_person on coupons.coupons (person_id, claimed_at desc, id desc);
create index coupons_of_a_campaign on coupons.coupons (campaign_id, state, used_at);
grant select, insert, update (state, order_id, amount, sales, used_at) on coupons.coupons to weiji_app;

-- What orders read: somebody's coupons with the terms of their campaigns.
create view coupons.public_coupons as
select c.shard, c.id, c.person_id, c.state, c.claimed_at, c.expires_at, c.order_id, c.campaign_id, m.shop_id, m.name, m.amount, m.percent,
  m.threshold, m.product_ids, m.category_ids, m.starts_at
from coupons.coupons c
join coupons.campaigns m on m.shard = c.shard and m.id = c.campaign_id;
grant select on coupons.public_coupons to weiji_app;
