-- pre: Some of a subsidy goes back once for each refund: who asks again for one is found by it.

create index subsidy_returns_by_refund on wire.subsidy_returns (refund_id, shard) where refund_id is not null;
