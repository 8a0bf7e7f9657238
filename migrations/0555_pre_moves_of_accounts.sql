-- pre: Whoever looks whether a channel's money moved at all since some time looks at its accounts, by an index.
create view ledger.public_moves as
  select shard, debit_account_id as account_id, timestamp from ledger.transfers
  union all
  select shard, credit_account_id, timestamp from ledger.transfers;
grant select on ledger.public_moves to weiji_app;
