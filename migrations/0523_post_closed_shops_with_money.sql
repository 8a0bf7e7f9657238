-- post: A shop that was closed, and that money came to since, is being closed once more: it is paid out, too.
update shops.shops s set closed_at = null
from ledger.accounts a
where s.closed_at is not null and a.shard = s.shard and a.owner_id = s.id and a.code in (2021, 2022)
  and a.credits_posted > a.debits_posted;
