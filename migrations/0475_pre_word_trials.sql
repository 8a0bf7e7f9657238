-- pre: Trials of word rules on all that is on sale, which a job does beside the request that asked for them.
create table supervision.word_trials (
  id uuid primary key,
  rules jsonb not null,
  asked_by uuid,
  asked_at timestamptz not null,
  next_shard smallint not null default 0,
  total bigint,
  looked bigint not null default 0,
  finds jsonb not null default '{}',
  failures smallint not null default 0,
  failed_at timestamptz,
  done_at timestamptz,
  constraint word_trials_next_shard_range check (next_shard between 0 and 64),
  constraint word_trials_end_after_all_shards check ((done_at is not null) = (next_shard = 64)),
  constraint word_trials_end_once check (failed_at is null or done_at is null),
  constraint word_trials_are_counted check (looked >= 0 and failures >= 0 and (total is null or total >= 0))
) with (fillfactor = 50);
create index word_trials_to_do on supervision.word_trials (asked_at) where done_at is null and failed_at is null;
grant select, insert, delete on supervision.word_trials to weiji_app;
grant update (next_shard, total, looked, finds, failures, failed_at, done_at) on supervision.word_trials to weiji_app;
