-- What is wanted in exchange, and how much of it is held since that was agreed to.
alter table aftersale.cases
  add column wanted jsonb constraint cases_wanted_length check (length(wanted::text) <= 4000),
  add column reserved integer not null default 0,
  add constraint cases_reserve_what_is_sent check (reserved in (0, quantity) and (reserved = 0 or due_at is not null or state = 'disputed'));
