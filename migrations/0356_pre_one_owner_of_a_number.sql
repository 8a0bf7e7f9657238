-- pre: Whoever approves holds the numbers of an application: of two owners with one number only one is approved, at once, too.

-- A row is there within one transaction only: what other owners are verified is read while nobody else can approve.
create table onboarding.numbers (
  index bytea primary key constraint numbers_index_is_blind check (octet_length(index) = 32)
);
comment on table onboarding.numbers is 'citus: distributed by index';
grant select, insert, delete on onboarding.numbers to weiji_app;
