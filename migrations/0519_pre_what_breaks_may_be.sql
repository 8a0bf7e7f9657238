-- pre: What breaks may be is said once, for the page of what is open and for that of a day: what channels paid to our bank, with what
-- is known of it; and the lines of the account that the bank may have taken back, with the days of those by which it may have.
create view reconciliation.known_settlements as
select s.shard, s.channel, s.reference, s.amount, s.at,
  exists (select from reconciliation.arrivals a
    where a.shard = s.shard and a.channel = s.channel and a.reference = s.reference) as is_arrived,
  exists (select from reconciliation.returns r
    where r.shard = s.shard and r.channel = s.channel and r.reference = s.reference) as is_returned
from payments.public_settlements s;
grant select on reconciliation.known_settlements to weiji_app;

create view reconciliation.correctable_lines as
select b.shard, b.channel, b.id as reference, b.delta as amount, b.occurred_at as at, b.reference as about, c.day
from reconciliation.breaks b
join (select distinct case kind when 'credit_taken_back' then 'charge' else 'debit' end as taken_back, -delta as delta, day
  from reconciliation.breaks
  where shard between 0 and 63 and channel = 'bank' and state = 'open' and kind in ('credit_taken_back', 'debit_taken_back')) as c
  on c.taken_back = b.kind and c.delta = b.delta
where b.channel = 'bank' and b.state = 'open' and b.kind in ('charge', 'debit');
grant select on reconciliation.correctable_lines to weiji_app;
