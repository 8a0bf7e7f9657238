-- What subscribers have not taken yet: a row for all that one hears of a shard at once, and not one for each event.
create table events.queue (
  shard smallint not null,
  subscriber text not null,
  id uuid not null,  -- That of the first event.
  streams uuid[] not null,
  seqs bigint[] not null,
  due_at timestamptz not null,
  attempts smallint not null default 0,
  error text,
  set_aside_at timestamptz,
  primary key (subscriber, id, shard),
  constraint queue_names_each_event_by_stream_and_number
    check (cardinality(streams) between 1 and 64 and cardinality(seqs) = cardinality(streams)),
  constraint queue_has_what_failed_singly check (attempts = 0 and set_aside_at is null or cardinality(seqs) = 1)
) with (fillfactor = 70);
create index queue_set_aside on events.queue (set_aside_at) where set_aside_at is not null;
grant select, insert, update, delete on events.queue to weiji_app;
