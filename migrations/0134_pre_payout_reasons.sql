-- A payout also keeps why the bank did not make it, or why it came back, in the bank's words.
alter table payments.payouts
  drop constraint payouts_refused_with_a_reason,
  add constraint payouts_refused_with_a_reason check (
    case when status = 'refused' then refusal <> '' when status in ('rejected', 'returned') then true else refusal = '' end);
