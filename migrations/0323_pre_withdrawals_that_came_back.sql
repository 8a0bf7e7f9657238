-- pre: A withdrawal that came back is known again, and undone once; what lines belong to, by the channel's number, is kept.

alter table reconciliation.staged_lines add column about text not null default '';

alter table reconciliation.breaks
  add column about text not null default '' constraint breaks_about_length check (length(about) <= 64),
  drop constraint breaks_kind_is_known,
  add constraint breaks_kind_is_known check (kind in
    ('charge', 'refund', 'settlement', 'settlement_return', 'payout', 'payout_return', 'fee', 'chargeback',
     'chargeback_reversal')),
  drop constraint breaks_resolution_is_known,
  add constraint breaks_resolution_is_known check
    (resolution in ('later_day', 'told', 'fee', 'own_funds', 'reversed', 'arrived', 'returned')),
  drop constraint breaks_arrived_as_settlements,
  add constraint breaks_arrived_as_settlements check
    ((coalesce(resolution, '') in ('arrived', 'returned')) = (settlements <> '[]'));

-- By which break a withdrawal came back: once at most.
create table reconciliation.returns (
  shard smallint not null,
  channel text not null constraint returns_channel_length check (length(channel) between 1 and 32),
  reference text not null constraint returns_reference_length check (length(reference) between 1 and 64),
  break_id uuid not null,
  primary key (reference, channel, shard)
);
grant select, insert, delete on reconciliation.returns to weiji_app;
