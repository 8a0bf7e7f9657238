-- For how long goods may be sent back, by category. A line keeps what was so when it was ordered; of lines from before only
-- the rules of trade speak.

insert into rulebook.versions (name, version, effective_at, rules, reason, created_at)
values ('returns', 1, '1970-01-01T00:00:00Z', '{}', 'The defaults of the program.', '1970-01-01T00:00:00Z');

alter table orders.lines
  add column no_reason_days smallint constraint lines_no_reason_days_range check (no_reason_days between 0 and 90),
  add column aftersale_days smallint constraint lines_aftersale_days_range check (aftersale_days between 1 and 365);
