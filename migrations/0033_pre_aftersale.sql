-- Cases of after-sale: what buyers ask for line by line, and what becomes of it; and what orders must know of them.

-- While a case is open the clock of its order stands: what was left of the time is kept. Whatever goes back is counted, of the
-- order and of its lines, so that no refund and no release can take it twice.
alter table orders.orders
  add column open_cases smallint not null default 0 constraint orders_open_cases_range check (open_cases between 0 and 50),
  add column time_left interval constraint orders_time_left_is_not_negative check (time_left >= interval '0'),
  add column refunded bigint not null default 0,
  add column fee_refunded bigint not null default 0,
  add constraint orders_not_refunded_beyond_total check (refunded between 0 and total),
  add constraint orders_fee_not_refunded_beyond_fee check (fee_refunded between 0 and fee),
  add constraint orders_clock_stands_while_cases_are_open check (due_at is null or open_cases = 0),
  add constraint orders_time_is_kept_for_open_cases check (time_left is null or open_cases > 0);
create index orders_with_open_cases on orders.orders (shop_id) where open_cases > 0;
update orders.orders set refunded = total, fee_refunded = fee where state = 'refunded';

-- Of the units of a line: those that will not be sent any more, those that an open case wants not to be sent, and those that
-- came back.
alter table orders.lines
  add column cancelled integer not null default 0 constraint lines_cancelled_is_not_negative check (cancelled >= 0),
  add column withheld integer not null default 0 constraint lines_withheld_is_not_negative check (withheld >= 0),
  add column returned integer not null default 0,
  add column refunded bigint not null default 0,
  add constraint lines_units_are_sent_or_given_up_once check (shipped + cancelled + withheld <= quantity),
  add constraint lines_returned_were_sent check (returned between 0 and shipped),
  add constraint lines_not_refunded_beyond_their_share check (
    refunded between 0 and (shares ->> 'goods')::bigint + (shares ->> 'freight')::bigint);
grant update (cancelled, withheld, returned, refunded) on orders.lines to weiji_app;

create schema aftersale;
grant usage on schema aftersale to weiji_app;

create table aftersale.cases (
  shard smallint not null,
  id uuid not null,
  order_id uuid not null,
  line smallint not null,
  shop_id uuid not null,
  buyer_id uuid not null,
  order_number text not null,
  shop_name text not null,
  buyer_name text not null,
  item jsonb not null,
  kind text not null constraint cases_kind_is_known check (kind in ('cancel', 'refund', 'return', 'exchange', 'reship')),
  state text not null constraint cases_state_is_known check (state in ('asked', 'countered', 'refused', 'agreed', 'to_return',
    'returning', 'returned', 'reshipped', 'refunding', 'refunded', 'withdrawn', 'expired')),
  quantity integer not null constraint cases_quantity_range check (quantity between 1 and 999),
  withheld integer not null default 0,
  amount bigint not null constraint cases_amount_is_not_negative check (amount >= 0),
  reason text not null constraint cases_reason_length check (length(reason) between 1 and 40),
  words text not null constraint cases_words_length check (length(words) <= 500),
  proof jsonb not null default '[]' constraint cases_proof_length check (jsonb_array_length(proof) <= 9),
  offered_kind text,
  offered_amount bigint constraint cases_offered_amount_is_not_negative check (offered_amount >= 0),
  answer text not null default '' constraint cases_answer_length check (length(answer) <= 500),
  answer_proof jsonb not null default '[]' constraint cases_answer_proof_length check (jsonb_array_length(answer_proof) <= 9),
  return_address jsonb constraint cases_return_address_length check (length(return_address::text) <= 2000),
  return_carrier text constraint cases_return_carrier_length check (length(return_carrier) between 1 and 40),
  return_number text constraint cases_return_number_length check (length(return_number) between 1 and 40),
  reship_carrier text constraint cases_reship_carrier_length check (length(reship_carrier) between 1 and 40),
  reship_number text constraint cases_reship_number_length check (length(reship_number) between 1 and 40),
  refund_id uuid,
  due_at timestamptz,
  asked_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  primary key (id, shard),
  constraint cases_live_in_the_shard_of_their_shop check (
    shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id) and shard = kit.shard_of(id)),
  constraint cases_withhold_what_they_are_about check (withheld between 0 and quantity and (withheld = 0 or kind = 'cancel')),
  constraint cases_open_have_a_clock check ((due_at is not null) =
    (state in ('asked', 'countered', 'refused', 'agreed', 'to_return', 'returning', 'returned'))),
  constraint cases_refunds_have_an_amount check (state not in ('refunding', 'refunded') or (refund_id is not null and amount > 0)),
  constraint cases_ended_when_over check ((ended_at is not null) = (state in ('reshipped', 'refunded', 'withdrawn', 'expired'))),
  constraint cases_countered_have_an_offer check (state <> 'countered' or (offered_kind is not null and offered_amount is not null)),
  constraint cases_sent_back_have_a_parcel check (state <> 'returning' or (return_carrier is not null and return_number is not null)),
  constraint cases_reshipped_have_a_parcel check (state <> 'reshipped' or (reship_carrier is not null and reship_number is not null))
) with (fillfactor = 80);
-- The law of one open case a line, whatever the program thinks.
create unique index cases_one_open_for_each_line on aftersale.cases (order_id, line, shard)
  where state in ('asked', 'countered', 'refused', 'agreed', 'to_return', 'returning', 'returned');
create index cases_of_an_order on aftersale.cases (order_id, line);
create index cases_of_a_buyer on aftersale.cases (buyer_id, asked_at desc, id desc);
create index cases_of_a_shop on aftersale.cases (shop_id, asked_at desc, id desc);
create index cases_open_of_a_shop on aftersale.cases (shop_id, due_at) where due_at is not null;
create index cases_newest on aftersale.cases (asked_at desc, id desc);
create index cases_due on aftersale.cases (due_at) where due_at is not null;
grant select, insert, update on aftersale.cases to weiji_app;

-- Where a shop wants goods to be sent back to.
create table aftersale.return_addresses (
  shard smallint not null,
  shop_id uuid not null,
  address jsonb not null constraint return_addresses_length check (length(address::text) <= 2000),
  changed_at timestamptz not null,
  primary key (shop_id, shard),
  constraint return_addresses_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id))
);
grant select, insert, update on aftersale.return_addresses to weiji_app;
