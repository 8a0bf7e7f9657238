-- A case stands while a channel disputes the payment of its order; what a dispute holds may be held anew.
alter table aftersale.cases
  add column suspended_at timestamptz,
  add column hold smallint not null default 1,
  add constraint cases_suspended_while_open check (suspended_at is null
    or state in ('asked', 'countered', 'refused', 'disputed', 'agreed', 'to_return', 'returning', 'returned')),
  add constraint cases_hold_is_not_negative check (hold >= 0);
