-- Invoices (发票): whom they are made out to, which shops make them out, what was asked for, and the papers that were given.

-- A person's titles. One row for each person: it is what whoever changes them takes turns at.
create table orders.invoice_books (
  shard smallint not null,
  person_id uuid not null,
  titles jsonb not null default '[]' constraint invoice_books_titles_max check (jsonb_array_length(titles) <= 20),
  changed_at timestamptz not null,
  primary key (person_id, shard),
  constraint invoice_books_live_in_the_shard_of_their_person check (shard = kit.shard_of(person_id))
);
grant select, insert, update on orders.invoice_books to weiji_app;

create table orders.invoice_offers (
  shard smallint not null,
  shop_id uuid not null,
  is_offered boolean not null,
  changed_at timestamptz not null,
  primary key (shop_id, shard),
  constraint invoice_offers_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
);
grant select, insert, update on orders.invoice_offers to weiji_app;

-- At most one for each order. `amount` is what the invoice in force says, 0 without one.
create table orders.invoices (
  shard smallint not null,
  order_id uuid not null,
  shop_id uuid not null,
  buyer_id uuid not null,
  state text not null constraint invoices_state_is_known
    check (state in ('requested', 'issued', 'to_correct', 'corrected', 'refused', 'withdrawn')),
  title jsonb not null constraint invoices_title_length check (length(title::text) <= 2000),
  amount bigint not null default 0,
  reason text not null default '' constraint invoices_reason_length check (length(reason) <= 200),
  requested_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (order_id, shard),
  constraint invoices_in_force_have_an_amount check ((state in ('issued', 'to_correct')) = (amount > 0)),
  constraint invoices_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id))
);
create index invoices_of_a_shop on orders.invoices (shop_id, state, requested_at desc, order_id desc);
create index invoices_of_a_buyer on orders.invoices (buyer_id, requested_at desc, order_id desc);
grant select, insert, update on orders.invoices to weiji_app;

-- What the shop gave: blue ones say that money was taken, red ones take them back (红冲). Never changed.
create table orders.invoice_papers (
  shard smallint not null,
  id uuid not null,
  order_id uuid not null,
  shop_id uuid not null,
  kind text not null constraint invoice_papers_kind_is_known check (kind in ('blue', 'red')),
  number text not null constraint invoice_papers_number_form check (number ~ '^([0-9]{8}|[0-9]{20})$'),
  issued_on date not null,
  amount bigint not null constraint invoice_papers_amount_is_positive check (amount > 0),
  media_type text,
  size integer constraint invoice_papers_size_range check (size between 1 and 2097152),
  sealed bytea,
  added_at timestamptz not null,
  primary key (id, shard),
  constraint invoice_papers_number_once unique (shop_id, number, shard),
  constraint invoice_papers_file_is_whole
    check ((media_type is null) = (size is null) and (size is null) = (sealed is null)),
  constraint invoice_papers_blue_have_a_file check (kind = 'red' or sealed is not null),
  constraint invoice_papers_live_in_the_shard_of_their_shop
    check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id) and shard = kit.shard_of(id))
);
create index invoice_papers_of_an_order on orders.invoice_papers (order_id, added_at);
grant select, insert on orders.invoice_papers to weiji_app;
