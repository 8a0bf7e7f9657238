-- Trades whose money all went back: what was said of them counts for nothing.
alter table reviews.trades add column undone_at timestamptz;
