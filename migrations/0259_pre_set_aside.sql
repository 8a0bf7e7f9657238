-- What jobs could not do: each thing by itself is tried again later and later, so that it keeps no other waiting.
create table kit.set_aside (
  job text not null,
  id uuid not null,
  attempts integer not null,
  error text not null,
  since timestamptz not null,
  due_at timestamptz not null,  -- When it is tried again.
  primary key (job, id),
  constraint set_aside_was_tried check (attempts > 0)
);
grant select, insert, update, delete on kit.set_aside to weiji_app;
