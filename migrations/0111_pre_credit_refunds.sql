-- What of a settled trade went back to its buyer: its point goes with the money.
alter table credit.trades
  add column refunded bigint not null default 0,
  add constraint trades_not_refunded_beyond_amount check (refunded between 0 and amount),
  drop constraint trades_verdict_is_known,
  add constraint trades_verdict_is_known check (verdict in ('counted', 'too_small', 'refunded', 'same_buyer', 'ring'));
grant update (refunded) on credit.trades to weiji_app;
