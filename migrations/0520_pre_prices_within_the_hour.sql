-- pre: A price that went up and came back within an hour is seen, too: beside what a SKU cost at the end of an hour are the prices
-- that it was offered at, one after another. Of hours before, and of what old code counts while it still runs, only the last is known.

alter table supervision.tallies add column prices jsonb not null default '[]';
