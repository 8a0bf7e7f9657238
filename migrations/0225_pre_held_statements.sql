-- Statements of the bank account that two of the staff let in: sealed until they do. They are of the whole platform, and few.
create table payments.held_statements (
  id uuid primary key,
  name text not null constraint held_statements_name_length check (length(name) between 1 and 200),
  content bytea,
  lines integer not null constraint held_statements_lines_range check (lines between 1 and 20000),
  amount bigint not null constraint held_statements_amount_is_positive check (amount > 0),
  held_at timestamptz not null,
  held_by uuid not null,
  released_at timestamptz,
  constraint held_statements_have_their_content_until_released check (content is not null or released_at is not null)
);
grant select, insert, update on payments.held_statements to weiji_app;
alter table payments.bank_statements add column paying bigint not null default 0
  constraint bank_statements_paying_range check (paying >= 0);
