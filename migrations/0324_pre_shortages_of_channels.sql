-- pre: What a channel that pays by itself is short of is carried from day to day, for as long as it is.

alter table reconciliation.statements
  add column shortage bigint constraint statements_shortage_is_no_more_than_nothing check (shortage <= 0);
