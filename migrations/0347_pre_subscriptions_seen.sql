-- pre: Programs of several versions run side by side: none removes what another one hears of. The older ones write no time.
alter table events.subscriptions add column seen_at timestamptz not null default now();
grant update (seen_at) on events.subscriptions to weiji_app;
