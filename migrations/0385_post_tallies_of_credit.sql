-- post: Tallies of credit are counted again: old programs counted trades without them. Whoever counts one waits meanwhile.

lock table credit.standings in share row exclusive mode;
delete from credit.tallies;
insert into credit.tallies (shard, shop_id, month, verdict, trades)
select shard, shop_id, month, verdict, count(*) from credit.trades group by shard, shop_id, month, verdict;
