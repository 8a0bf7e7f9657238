-- When a ruling was appealed: it belongs in the time-line of its dispute. Of older appeals nobody wrote it down here.
alter table disputes.disputes add column appealed_at timestamptz
  constraint disputes_appealed_by_somebody check (appealed_at is null or appealed_by is not null);
grant update (appealed_at) on disputes.disputes to weiji_app;
