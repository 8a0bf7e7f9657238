-- pre: A line in red ink, by which the bank takes back another, is heard of, is a break, and ends with the line that it takes back.
create index notices_bank_moves on payments.notices (kind, amount)
where kind in ('debited', 'credit_taken_back', 'debit_taken_back');

create or replace view payments.public_bank_lines as
select shard, channel, event_id, raw, subject_id
from payments.notices
where channel = 'bank' and kind in ('charge_succeeded', 'debited', 'credit_taken_back', 'debit_taken_back');

-- What moved on the bank account and is nothing of ours: money that went, and what the bank takes back of what it wrote.
create view payments.public_bank_moves as
select shard, channel, case kind when 'debited' then 'debit' else kind end as kind, reference, amount, occurred_at as at
from payments.notices
where channel = 'bank' and kind in ('debited', 'credit_taken_back', 'debit_taken_back');
grant select on payments.public_bank_moves to weiji_app;

alter table reconciliation.breaks
  drop constraint breaks_kind_is_known,
  add constraint breaks_kind_is_known check (kind in ('charge', 'refund', 'settlement', 'settlement_return', 'payout',
    'payout_return', 'fee', 'chargeback', 'chargeback_reversal', 'debit', 'credit_taken_back', 'debit_taken_back')),
  drop constraint breaks_resolution_is_known,
  add constraint breaks_resolution_is_known check (resolution in ('later_day', 'told', 'fee', 'own_funds', 'reversed',
    'arrived', 'returned', 'paid', 'corrected', 'charged_back')),
  drop constraint breaks_arrived_as_settlements,
  add constraint breaks_arrived_as_settlements check
    ((coalesce(resolution, '') in ('arrived', 'returned', 'paid', 'corrected')) = (settlements <> '[]'));
