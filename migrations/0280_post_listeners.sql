-- What was said meanwhile where it was kept before comes along; then that goes.
insert into wire.listeners (shard, mchid, topic, shop_id, url, put_at)
select shard, mchid, 'complaints', shop_id, url, put_at from wire.complaint_listeners
on conflict (mchid, topic, shard) do update set url = excluded.url, put_at = excluded.put_at
where listeners.put_at < excluded.put_at;

drop table wire.complaint_listeners;
