-- What happened: a log for each stream, for other modules an event, for auditors a trail. Never changed.
create schema events;
grant usage on schema events to weiji_app;

create table events.heads (
  shard smallint not null,
  stream uuid not null,
  seq bigint not null,
  primary key (stream, shard)
) with (fillfactor = 50);
grant select, insert, update on events.heads to weiji_app;

create table events.events (
  shard smallint not null,
  stream uuid not null,
  seq bigint not null,
  id uuid not null,
  type text not null,
  subject_id uuid not null,
  actor_kind text not null constraint events_actor_kind_is_known
    check (actor_kind in ('buyer', 'merchant', 'staff', 'person', 'clock', 'channel', 'system')),
  actor_id uuid,
  request_id text,
  address inet,
  at timestamptz not null,
  data jsonb not null,
  primary key (stream, seq, shard),
  constraint events_actor_is_named check (actor_id is not null or actor_kind in ('clock', 'channel', 'system'))
);
create index events_subject on events.events (subject_id, id);
grant select, insert on events.events to weiji_app;

-- Who hears of what. Written from subscriptions.py when a process starts.
create table events.subscriptions (
  type text not null,
  subscriber text not null,
  primary key (type, subscriber)
);
grant select, insert, delete on events.subscriptions to weiji_app;

create table events.deliveries (
  shard smallint not null,
  subscriber text not null,
  id uuid not null,
  stream uuid not null,
  seq bigint not null,
  due_at timestamptz not null,
  attempts smallint not null default 0,
  error text,
  set_aside_at timestamptz,
  primary key (subscriber, id, shard)
) with (fillfactor = 70);
create index deliveries_set_aside on events.deliveries (set_aside_at) where set_aside_at is not null;
grant select, insert, update, delete on events.deliveries to weiji_app;
