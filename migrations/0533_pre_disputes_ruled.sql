-- pre: What arbiters ruled is counted, not what of it was there: where a channel had given a part back, `awarded` is less.
alter table disputes.disputes add column ruled bigint;
grant update (ruled) on disputes.disputes to weiji_app;
alter table disputes.disputes add constraint disputes_ruled_when_executed check (
  (ruled is null or state = 'executed') and ruled between awarded and most) not valid;
update disputes.disputes d set ruled = r.amount
from disputes.rulings r
where d.shard between 0 and 63 and d.state = 'executed' and r.shard = d.shard and r.case_id = d.case_id and r.amount > d.awarded
  and r.number = (select max(l.number) from disputes.rulings l
    where l.shard = d.shard and l.case_id = d.case_id and l.rejected_by is null);
drop index disputes.disputes_counted;
create index disputes_counted on disputes.disputes (shop_id) include (shard, state, most, awarded, ruled, appealed_by);
