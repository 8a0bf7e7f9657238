-- One subscriber of credit hears of a settled trade now, where two did: what waits for the second goes to the first.
update events.deliveries d set subscriber = 'credit.count_trades'
where d.subscriber = 'credit.find_rings' and not exists (
  select from events.deliveries e where e.subscriber = 'credit.count_trades' and e.id = d.id and e.shard = d.shard);
delete from events.deliveries where subscriber = 'credit.find_rings';
