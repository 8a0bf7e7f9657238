-- pre: By which line of a statement a transfer went is known: another line of it is the same file, given to the bank twice.
-- The table has a row a payout or refund by file.
alter table payments.bank_transfers
  add column paid_by text constraint bank_transfers_paid_by_length check (length(paid_by) between 1 and 50),
  add column paid_again text constraint bank_transfers_paid_again_length check (length(paid_again) between 1 and 50),
  add constraint bank_transfers_paid_again_by_another_line check (paid_again <> paid_by);
grant update (paid_by, paid_again) on payments.bank_transfers to weiji_app;
