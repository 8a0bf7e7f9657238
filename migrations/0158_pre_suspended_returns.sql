-- Returns that were refused, or that less was offered for, are suspended like other open cases.
alter table aftersale.cases drop constraint cases_suspended_while_open;
alter table aftersale.cases add constraint cases_suspended_while_open check (suspended_at is null or state in ('asked', 'countered',
  'refused', 'disputed', 'agreed', 'to_return', 'returning', 'return_countered', 'return_refused', 'returned'));
