-- Of what products said for less than a day only that is kept which somebody ordered under: who saves every minute fills no disk.
alter table catalog.former_texts add column is_sifted boolean not null default false;
create index former_texts_to_sift on catalog.former_texts (until_at) where not is_sifted;
grant update (is_sifted) on catalog.former_texts to weiji_app;
create view catalog.public_texts_to_sift as
select f.shard, f.product_id, f.version, p.shop_id, f.until_at,
  coalesce((select max(e.until_at) from catalog.former_texts e
    where e.shard = f.shard and e.product_id = f.product_id and e.until_at < f.until_at), p.created_at) as from_at
from catalog.former_texts f
join catalog.products p on p.shard = f.shard and p.id = f.product_id
where not f.is_sifted;
grant select on catalog.public_texts_to_sift to weiji_app;
