-- pre: What accounts had come to when a month ended stays as it is, and is kept: who looks at a month that is not closed yet does
-- not sum what moved since.
create table periods.trials (
  month date primary key,
  began_on date not null,
  trial jsonb not null,
  constraint trials_begin_with_a_month check (extract(day from month) = 1),
  constraint trials_length check (length(trial::text) <= 100000)
);
grant select, insert on periods.trials to weiji_app;
grant update (trial) on periods.trials to weiji_app;
