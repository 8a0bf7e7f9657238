-- Statements of the operator's bank account that somebody brought as files. Their lines are notices like any other.
create table payments.bank_statements (
  id uuid primary key,
  name text not null constraint bank_statements_name_length check (length(name) between 1 and 200),
  lines integer not null constraint bank_statements_lines_range check (lines between 1 and 20000),
  matched integer not null,
  known integer not null,
  unmatched integer not null,
  amount bigint not null constraint bank_statements_amount_range check (amount >= 0),
  first_on date not null,
  last_on date not null,
  imported_at timestamptz not null,
  imported_by uuid,
  constraint bank_statements_lines_add_up check (matched >= 0 and known >= 0 and unmatched >= 0 and matched + known + unmatched <= lines),
  constraint bank_statements_days_in_order check (first_on <= last_on)
);
create index bank_statements_newest on payments.bank_statements (imported_at);
grant select, insert on payments.bank_statements to weiji_app;

-- What a payer wrote on a transfer leads to the payment.
create index payments_by_reference on payments.payments (pay_url) where pay_way = 'transfer';
