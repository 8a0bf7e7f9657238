-- pre: The number that a merchant's program gave a withdrawal is kept: whoever asks by ours is told it.
create table wire.withdrawals (
  shard smallint not null,
  id uuid not null,
  number text not null constraint withdrawals_number_length check (length(number) between 1 and 32),
  primary key (id, shard),
  constraint withdrawals_live_in_the_shard_of_their_id check (shard = kit.shard_of(id))
);
grant select, insert on wire.withdrawals to weiji_app;
