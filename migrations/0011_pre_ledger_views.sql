-- What other modules may read of accounts beside what is theirs, in one statement with it.
create view ledger.public_accounts as
select shard, id, ledger, code, owner_id, debits_pending, debits_posted, credits_pending, credits_posted
from ledger.accounts;
grant select on ledger.public_accounts to weiji_app;
