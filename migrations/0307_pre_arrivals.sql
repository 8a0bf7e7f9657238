-- pre: What a channel says that it paid to our bank is known again on the bank's statement, and is booked once.

-- Few of what channels say are settlements: each is found by its time, however much else they said.
create index notices_settled on payments.notices (occurred_at)
where kind = 'settled' and outcome = 'recorded' and channel <> 'bank';

-- What a line of the bank's own stands for was settled as it came.
create view payments.public_settlements as
select shard, channel, reference, amount - coalesce(fee, 0) as amount, occurred_at as at
from payments.notices
where kind = 'settled' and outcome = 'recorded' and channel <> 'bank' and amount > coalesce(fee, 0);

create view payments.public_bank_lines as
select shard, channel, event_id, raw
from payments.notices
where channel = 'bank' and kind = 'charge_succeeded';

grant select on payments.public_settlements, payments.public_bank_lines to weiji_app;

-- Which money on the bank account a settlement is: one sum at most.
create table reconciliation.arrivals (
  shard smallint not null,
  channel text not null constraint arrivals_channel_length check (length(channel) between 1 and 32),
  reference text not null constraint arrivals_reference_length check (length(reference) between 1 and 64),
  break_id uuid not null,
  primary key (reference, channel, shard)
);
grant select, insert, delete on reconciliation.arrivals to weiji_app;

alter table reconciliation.breaks
  add column settlements jsonb not null default '[]',
  drop constraint breaks_resolution_is_known,
  add constraint breaks_resolution_is_known check
    (resolution in ('later_day', 'told', 'fee', 'own_funds', 'reversed', 'arrived')),
  add constraint breaks_arrived_as_settlements check ((resolution is not distinct from 'arrived') = (settlements <> '[]'));
grant update (settlements) on reconciliation.breaks to weiji_app;
