-- pre: What word rules were tried, and when: none takes effect untried.
create table word_rules.trials (
  fingerprint text primary key,
  tried_at timestamptz not null
);
grant select, insert, update, delete on word_rules.trials to weiji_app;
