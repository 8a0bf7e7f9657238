-- How far a job of the catalog got that goes through all of something, a part in each round: whichever process has the next one goes on there.
create table catalog.rounds (
  job text primary key constraint rounds_job_length check (length(job) between 1 and 64),
  after uuid[] not null constraint rounds_after_is_one_or_two check (cardinality(after) between 1 and 2)
);
grant select, insert, update on catalog.rounds to weiji_app;
