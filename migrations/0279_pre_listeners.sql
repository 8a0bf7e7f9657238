-- Where merchants want to be told, over the payment protocol, of what comes to them unasked: by topic, of which complaints
-- were the first.
create table wire.listeners (
  shard smallint not null,
  mchid text not null,
  topic text not null
    constraint listeners_topic check (topic in ('complaints', 'profit_sharing', 'coupons_used', 'coupons_sent')),
  shop_id uuid not null,
  url text not null constraint listeners_url_length check (length(url) between 1 and 255),
  put_at timestamptz not null,
  primary key (mchid, topic, shard),
  constraint listeners_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id)),
  constraint listeners_mchid_tells_the_shard check (mchid::bigint % 64 = shard)
);
grant select, insert, update (url, put_at), delete on wire.listeners to weiji_app;

-- Programs of before go on writing where complaints were kept alone. By no clock, but by what it was when it was carried
-- over, 0280 tells what either side has changed or taken away since.
alter table wire.complaint_listeners add column carried_at timestamptz;
alter table wire.listeners add column carried_at timestamptz;
update wire.complaint_listeners set carried_at = put_at;
insert into wire.listeners (shard, mchid, topic, shop_id, url, put_at, carried_at)
select shard, mchid, 'complaints', shop_id, url, put_at, put_at from wire.complaint_listeners;
