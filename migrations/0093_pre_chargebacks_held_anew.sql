-- A lost chargeback that could not hold all of it, while another of its order did, is held anew once that one was won.
alter table chargebacks.cases
  add column hold smallint not null default 1 constraint cases_hold_range check (hold between 1 and 2);
grant update (hold) on chargebacks.cases to weiji_app;
