-- pre: Counts of disputes read an index alone.
create index disputes_counted on disputes.disputes (shop_id) include (shard, state, most, awarded, appealed_by);
