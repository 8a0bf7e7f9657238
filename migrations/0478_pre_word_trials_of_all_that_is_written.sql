-- pre: Trials of word rules look at all that was written, wherever rules hold. Those that looked at goods alone are done again.
delete from supervision.word_trials;
alter table supervision.word_trials add column found jsonb not null default '{}';
grant update (found) on supervision.word_trials to weiji_app;
