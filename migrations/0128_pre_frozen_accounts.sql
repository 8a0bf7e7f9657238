-- An account of which a court lacks something is frozen: what comes in can't go out before the court has it.
alter table court_orders.court_orders
  add column freezes integer not null default 0,
  add column is_freezing boolean not null default false,
  drop constraint court_orders_place_is_known,
  add constraint court_orders_place_is_known
    check (place in ('wallet', 'merchant_available', 'merchant_pending', 'merchant_deposit')),
  add constraint court_orders_freeze_while_in_force check (not is_freezing or ended_at is null and freezes > 0);
create unique index court_orders_one_freezes_an_account on court_orders.court_orders (account_id, shard) where is_freezing;
create index court_orders_account on court_orders.court_orders (account_id) where ended_at is null;
grant update (freezes, is_freezing) on court_orders.court_orders to weiji_app;
