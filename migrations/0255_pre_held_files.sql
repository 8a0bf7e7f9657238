-- Result files of the bank wait for another of the staff as its statements do. What nobody let in is forgotten.
alter table payments.held_statements
  add column kind text not null default 'statement' constraint held_statements_kind_is_known check (kind in ('statement', 'returns')),
  add column returns jsonb,
  drop constraint held_statements_have_their_content_until_released;
create index held_statements_waiting on payments.held_statements (held_at) where released_at is null and content is not null;

-- What one of the staff said alone that the bank paid or was paid, file by file: a day of it has a limit.
create table payments.said_alone (
  id uuid primary key,
  amount bigint not null constraint said_alone_amount_is_positive check (amount > 0),
  said_at timestamptz not null
);
create index said_alone_by_time on payments.said_alone (said_at);
grant select, insert on payments.said_alone to weiji_app;
insert into payments.said_alone (id, amount, said_at)
select id, paying, imported_at from payments.bank_statements where paying > 0 and imported_at > now() - interval '2 days';
