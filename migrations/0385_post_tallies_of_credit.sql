-- post: Tallies of credit are counted again: old programs counted trades without them. Whoever counts one waits meanwhile.

-- Who counts a trade locks its shop's standing by `for no key update`: only this mode waits for that. What is read is read on.
lock table credit.standings in exclusive mode;
delete from credit.tallies;
insert into credit.tallies (shard, shop_id, month, verdict, trades)
select shard, shop_id, month, verdict, count(*) from credit.trades group by shard, shop_id, month, verdict;
