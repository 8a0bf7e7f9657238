-- Where merchants want to be told, over the payment protocol, of what buyers complain about. Those are cases of after-sale.
create table wire.complaint_listeners (
  shard smallint not null,
  mchid text not null,
  shop_id uuid not null,
  url text not null constraint complaint_listeners_url_length check (length(url) between 1 and 255),
  put_at timestamptz not null,
  primary key (mchid, shard),
  constraint complaint_listeners_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint complaint_listeners_mchid_tells_the_shard check (mchid::bigint % 64 = shard)
);
grant select, insert, update (url, put_at), delete on wire.complaint_listeners to weiji_app;
