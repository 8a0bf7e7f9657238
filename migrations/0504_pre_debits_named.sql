-- pre: What went from the bank account and is no transfer of ours is heard of, is a break, and ends as what it is.
alter table payments.bank_statements
  add column debits_unmatched integer not null default 0,
  add constraint bank_statements_debits_unmatched_range check (debits_unmatched between 0 and debits);

create index notices_debited on payments.notices (reference) where kind = 'debited';

create or replace view payments.public_bank_lines as
select shard, channel, event_id, raw
from payments.notices
where channel = 'bank' and kind in ('charge_succeeded', 'debited');

-- Money that went from the bank account, by nothing of ours.
create view payments.public_bank_debits as
select shard, channel, reference, amount, occurred_at as at
from payments.notices
where channel = 'bank' and kind = 'debited';
grant select on payments.public_bank_debits to weiji_app;

alter table reconciliation.breaks
  drop constraint breaks_kind_is_known,
  add constraint breaks_kind_is_known check (kind in ('charge', 'refund', 'settlement', 'settlement_return', 'payout',
    'payout_return', 'fee', 'chargeback', 'chargeback_reversal', 'debit'));
