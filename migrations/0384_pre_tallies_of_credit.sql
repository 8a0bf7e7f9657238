-- pre: How many trades a shop had in a month, and what they counted for, is kept: a page of its credit reads no trade.

create table credit.tallies (
  shard smallint not null,
  shop_id uuid not null,
  month date not null,
  verdict text not null,
  trades bigint not null,
  primary key (shop_id, month, verdict, shard),
  constraint tallies_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint tallies_verdict_is_known check (verdict in ('counted', 'too_small', 'refunded', 'same_buyer', 'ring'))
) with (fillfactor = 50);
grant select, insert on credit.tallies to weiji_app;
grant update (trades) on credit.tallies to weiji_app;

-- What an old program counts after this is counted by 0385.
insert into credit.tallies (shard, shop_id, month, verdict, trades)
select shard, shop_id, month, verdict, count(*) from credit.trades group by shard, shop_id, month, verdict;
