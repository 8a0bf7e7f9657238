-- pre: What went from the bank account without a reference may be a transfer of ours, or what several came to.
create index bank_transfers_unmatched on payments.bank_transfers (created_at)
where paid_by is null and status in ('sent', 'paid');

-- Transfers that the bank was given, and that no line of a statement is yet.
create view payments.public_unmatched_transfers as
select shard, 'bank' as channel, reference, amount, created_at as at
from payments.bank_transfers
where paid_by is null and status in ('sent', 'paid');
grant select on payments.public_unmatched_transfers to weiji_app;

alter table reconciliation.breaks
  drop constraint breaks_resolution_is_known,
  add constraint breaks_resolution_is_known check
    (resolution in ('later_day', 'told', 'fee', 'own_funds', 'reversed', 'arrived', 'returned', 'paid')),
  drop constraint breaks_arrived_as_settlements,
  add constraint breaks_arrived_as_settlements check
    ((coalesce(resolution, '') in ('arrived', 'returned', 'paid')) = (settlements <> '[]'));
