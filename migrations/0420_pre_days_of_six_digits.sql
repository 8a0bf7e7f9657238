-- pre: What six digits alone let go is added up for each day: several smaller sums don't get round what a large one takes.
alter table identity.payment_passwords
  add column spent_on date,
  add column spent bigint not null default 0 constraint payment_passwords_spent_is_no_debt check (spent >= 0),
  add column counted uuid[] not null default '{}';
