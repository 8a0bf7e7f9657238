-- Pictures that shops (and whoever else may own some) have given us, in the shard of their owner.
create schema media;
grant usage on schema media to weiji_app;

-- One row for each owner: what counts against its quota, and what its changes take turns at.
create table media.owners (
  shard smallint not null,
  owner_id uuid not null,
  pictures bigint not null default 0 constraint owners_pictures_are_not_negative check (pictures >= 0),
  bytes bigint not null default 0 constraint owners_bytes_are_not_negative check (bytes >= 0),
  primary key (owner_id, shard),
  constraint owners_live_in_their_own_shard check (shard = kit.shard_of(owner_id))
) with (fillfactor = 70);
grant select, insert, update on media.owners to weiji_app;

create table media.pictures (
  shard smallint not null,
  owner_id uuid not null,
  hash bytea not null constraint pictures_hash_length check (length(hash) = 32),
  width integer not null constraint pictures_width_range check (width between 1 and 16383),
  height integer not null constraint pictures_height_range check (height between 1 and 16383),
  bytes bigint not null constraint pictures_have_bytes check (bytes > 0),
  created_at timestamptz not null,
  -- When it goes, unless somebody uses it by then; null while it is used.
  sweep_at timestamptz,
  primary key (owner_id, hash, shard),
  constraint pictures_live_in_the_shard_of_their_owner check (shard = kit.shard_of(owner_id))
);
create index pictures_to_sweep on media.pictures (sweep_at) where sweep_at is not null;
grant select, insert, update, delete on media.pictures to weiji_app;

-- What uses a picture: a product, say. It has its owner's shard.
create table media.uses (
  shard smallint not null,
  holder_id uuid not null,
  owner_id uuid not null,
  hash bytea not null,
  primary key (holder_id, hash, shard),
  constraint uses_live_in_the_shard_of_the_owner check (shard = kit.shard_of(owner_id))
);
create index uses_of_picture on media.uses (owner_id, hash);
grant select, insert, delete on media.uses to weiji_app;
