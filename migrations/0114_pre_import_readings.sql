-- How a file was read (its encoding, what parts its cells, the sign before its cents) is told in the report; and a run that
-- fails again and again ends, instead of being tried for ever.

alter table porting.runs
  add column reading jsonb constraint runs_reading_length check (length(reading::text) <= 1000),
  add column failures smallint not null default 0 constraint runs_failures_is_not_negative check (failures >= 0);
