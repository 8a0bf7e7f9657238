-- What a channel said that it keeps stays with what it said; of notices from before, it is not known.
alter table payments.notices add column fee bigint constraint notices_fee_is_in_range check (fee between 0 and 9007199254740991);

-- A fee is null where our books do not know it: of charges and refunds it comes with their settlement.
create or replace view payments.public_movements as
select shard, channel, 'charge' as kind, channel_reference as reference, id as subject_id, captured as amount, null::bigint as fee,
  captured_at as at
from payments.payments where status = 'succeeded' and channel_reference is not null
union all
select shard, channel, 'charge', reference, payment_id, amount, null, captured_at from payments.captures
union all
select shard, channel, 'refund', channel_reference, id, amount, null, ended_at
from payments.refunds where status = 'succeeded' and channel_reference is not null
union all
select shard, channel, 'payout', channel_reference, id, amount, bank_fee, paid_at
from payments.payouts where paid_at is not null and channel_reference is not null
union all
select shard, channel, 'payout_return', channel_reference, id, amount, 0, ended_at
from payments.payouts where status = 'returned' and channel_reference is not null
union all
select shard, channel, 'settlement', reference, null, amount, fee, occurred_at
from payments.notices where kind = 'settled' and outcome = 'recorded'
union all
select shard, channel, 'chargeback', reference, payment_id, amount, fee, received_at from payments.chargebacks
union all
select shard, channel, 'chargeback_reversal', reference, payment_id, amount, 0, ended_at
from payments.chargebacks where is_won;
