-- Goods that somebody looks at before they are sold, where the operator wants it; and goods that are listed and withdrawn by the
-- clock.

alter table catalog.products
  drop constraint products_status_is_known,
  add constraint products_status_is_known check (status in ('draft', 'in_review', 'listed', 'withdrawn')),
  add column list_at timestamptz,
  add column withdraw_at timestamptz,
  add constraint products_withdrawn_after_listing check (withdraw_at > list_at);
create index products_to_list on catalog.products (list_at) where list_at is not null;
create index products_to_withdraw on catalog.products (withdraw_at) where withdraw_at is not null;

-- What is reviewed: the latest version counts. Every node of a cluster has a copy.
create table catalog.review_rules (
  version integer primary key constraint review_rules_versions_count_up check (version > 0),
  rules jsonb not null,
  author_id uuid,
  reason text not null constraint review_rules_reason_length check (length(reason) between 1 and 500),
  created_at timestamptz not null
);
grant select, insert on catalog.review_rules to weiji_app;
insert into catalog.review_rules (version, rules, author_id, reason, created_at)
values (1, '{}', null, 'The defaults of the program.', '1970-01-01T00:00:00Z');

-- One review for each product: the latest. What a listed product shall become is in the proposal, until somebody agrees.
create table catalog.reviews (
  shard smallint not null,
  product_id uuid not null,
  shop_id uuid not null,
  state text not null constraint reviews_state_is_known check (state in ('waiting', 'approved', 'refused', 'taken_back')),
  revision integer not null constraint reviews_revisions_count_up check (revision > 0),
  version integer not null,
  proposal jsonb constraint reviews_proposal_length check (length(proposal::text) <= 2000000),
  submitted_at timestamptz not null,
  reviewer_id uuid,
  taken_at timestamptz,
  decided_at timestamptz,
  reasons jsonb not null default '{}' constraint reviews_reasons_length check (length(reasons::text) <= 20000),
  primary key (product_id, shard),
  constraint reviews_taken_whole check ((reviewer_id is null) = (taken_at is null)),
  constraint reviews_refused_have_reasons check (state <> 'refused' or reasons <> '{}'),
  constraint reviews_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(product_id))
);
create index reviews_waiting on catalog.reviews (submitted_at, product_id) where state = 'waiting';
create index reviews_of_shop on catalog.reviews (shop_id) where state in ('waiting', 'refused');
grant select, insert, update on catalog.reviews to weiji_app;
