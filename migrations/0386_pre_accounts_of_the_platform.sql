-- pre: The few accounts that nobody owns are found by themselves, not among an account for each order.
create index accounts_of_the_platform on ledger.accounts (code) where owner_id is null;
