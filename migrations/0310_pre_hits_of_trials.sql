-- pre: All that a trial of a rule found is kept, and not only the first of it.

create table supervision.trial_hits (
  trial_id uuid not null,
  number integer not null constraint trial_hits_number_range check (number between 1 and 10000),
  hit jsonb not null constraint trial_hits_hit_length check (length(hit::text) <= 20000),
  primary key (trial_id, number)
);
grant select, insert, delete on supervision.trial_hits to weiji_app;
