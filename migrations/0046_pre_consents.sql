-- That a shop may keep how to reach a buyer and write to them. One row for each shop and person; where it was withdrawn,
-- the row stays as the proof of both, and what was kept is gone from it.
create table orders.consents (
  shard smallint not null,
  shop_id uuid not null,
  person_id uuid not null,
  order_id uuid not null,
  text_version integer not null constraint consents_text_version_is_positive check (text_version > 0),
  contact bytea,
  agreed_at timestamptz not null,
  withdrawn_at timestamptz,
  primary key (shop_id, person_id, shard),
  constraint consents_withdrawn_keep_nothing check ((contact is null) = (withdrawn_at is not null)),
  constraint consents_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id))
);
create index consents_of_a_shop on orders.consents (shop_id, agreed_at desc, person_id desc) where withdrawn_at is null;
create index consents_of_a_person on orders.consents (person_id, agreed_at desc);
grant select, insert, update on orders.consents to weiji_app;

alter table porting.exports drop constraint exports_contents_are_known;
alter table porting.exports add constraint exports_contents_are_known
  check (contents in ('shopify', 'woocommerce', 'google', 'orders', 'customers', 'statements', 'archive'));
-- A file with customers in it is forgotten as soon as one of them withdraws.
alter table porting.exports drop constraint exports_state_is_known;
alter table porting.exports add constraint exports_state_is_known
  check (state in ('making', 'ready', 'failed', 'forgotten'));
