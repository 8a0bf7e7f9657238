-- Pages of shops show videos of products, the newest if nothing else is said, and goods of a category of the operator's.
create or replace view media.public_videos as
select shard, holder_id, '/media/' || encode(hash, 'hex') || '.mp4' as url, cover, alt, width, height, duration_ms,
  owner_id, shown_at
from media.videos;

create index videos_of_owner on media.videos (owner_id, shown_at desc, holder_id desc);

create or replace view catalog.public_products as
select shard, id, shop_id, title, kind, tags, pictures, status, price_min, price_max, sold, listed_at, delivery, presale,
  category_id
from catalog.products;
