-- pre: The operator sees how many merchants chose each of the platform's keys.

create index merchants_by_platform_key on wire.merchants (platform_key_id, shard) where platform_key_id is not null;
