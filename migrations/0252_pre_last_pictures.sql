-- `weiji doctor` looks whether the newest pictures are on disk: it sorted all there are to find a hundred.
create index pictures_newest on media.pictures (created_at desc) where sweep_at is null;
