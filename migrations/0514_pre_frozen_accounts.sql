-- A deposit that a court holds is not filled from what the shop has: other modules may read which accounts are frozen.
create or replace view ledger.public_accounts as
select shard, id, ledger, code, owner_id, debits_pending, debits_posted, credits_pending, credits_posted,
  flags & 16 <> 0 as is_frozen
from ledger.accounts;
