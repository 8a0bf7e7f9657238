-- pre: By which line of a statement a transfer went is known: another line of it is the same file, given to the bank twice.
-- The table has a row a payout or refund by file.
alter table payments.bank_transfers
  add column paid_by text constraint bank_transfers_paid_by_length check (length(paid_by) between 1 and 50);
grant update (paid_by) on payments.bank_transfers to weiji_app;
