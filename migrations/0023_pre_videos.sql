-- Videos are kept as pictures are: a row that has a duration is a video. What shows one (a product) has it with a cover.
alter table media.pictures
  add column duration_ms integer constraint pictures_duration_range check (duration_ms > 0);

create table media.videos (
  shard smallint not null,
  holder_id uuid not null,
  owner_id uuid not null,
  hash bytea not null constraint videos_hash_length check (length(hash) = 32),
  width integer not null,
  height integer not null,
  duration_ms integer not null constraint videos_have_a_duration check (duration_ms > 0),
  cover text not null constraint videos_have_a_cover check (length(cover) between 1 and 200),
  alt text not null constraint videos_alt_length check (length(alt) <= 200),
  shown_at timestamptz not null,
  primary key (holder_id, shard),
  constraint videos_live_in_the_shard_of_the_owner
    check (shard = kit.shard_of(owner_id) and shard = kit.shard_of(holder_id))
);
grant select, insert, update, delete on media.videos to weiji_app;

create view media.public_videos as
select shard, holder_id, '/media/' || encode(hash, 'hex') || '.mp4' as url, cover, alt, width, height, duration_ms
from media.videos;
grant select on media.public_videos to weiji_app;
