-- What was said blind of a trade that was undone is not revealed any more: it must not be found each minute.
create index trades_blind on reviews.trades (due_at) where revealed_at is null and undone_at is null;
