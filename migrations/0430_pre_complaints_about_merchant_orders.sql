-- pre: Who paid an order that a merchant's program made may complain about it.

create table wire.complaints (
  shard smallint not null,
  id uuid not null,
  order_id uuid not null,
  shop_id uuid not null,
  payer_id uuid not null,
  number smallint not null constraint complaints_number_range check (number between 1 and 3),
  reason text not null constraint complaints_reason_length check (length(reason) between 1 and 40),
  words text not null constraint complaints_words_length check (length(words) between 1 and 500),
  proof jsonb not null constraint complaints_proof_length check (jsonb_array_length(proof) <= 9),
  amount bigint not null constraint complaints_amount_range check (amount between 0 and 9007199254740991),
  state text not null constraint complaints_state_is_known check (state in ('asked', 'answered', 'completed', 'reviewing',
    'proposed', 'refunding', 'refunded', 'withdrawn', 'expired', 'dismissed')),
  said_last text constraint complaints_said_last_is_known check (said_last in ('buyer', 'merchant')),
  payer_said smallint not null constraint complaints_payer_said_range check (payer_said between 0 and 40),
  shop_said smallint not null constraint complaints_shop_said_range check (shop_said between 0 and 40),
  ruling jsonb,
  refund_id uuid,
  due_at timestamptz,
  asked_at timestamptz not null,
  further_at timestamptz,
  ended_at timestamptz,
  constraint complaints_live_in_the_shard_of_their_order check (
    shard = kit.shard_of(id) and shard = kit.shard_of(order_id) and shard = kit.shard_of(shop_id)),
  constraint complaints_open_have_a_clock check (
    (due_at is not null) = (state in ('asked', 'answered', 'completed', 'reviewing', 'proposed'))),
  constraint complaints_ended_when_over check (
    (ended_at is not null) = (state in ('refunded', 'withdrawn', 'expired', 'dismissed'))),
  constraint complaints_refunds_have_an_amount check (
    (refund_id is not null) = (state in ('refunding', 'refunded')) and (refund_id is null or amount > 0)),
  constraint complaints_with_staff_went_further check (state not in ('reviewing', 'proposed') or further_at is not null),
  constraint complaints_proposed_are_signed check (state <> 'proposed' or ruling is not null),
  primary key (id, shard)
) with (fillfactor = 80);
create unique index complaints_one_for_each_order on wire.complaints (order_id, shard) where ended_at is null;
create index complaints_of_an_order on wire.complaints (order_id, asked_at);
create index complaints_of_a_shop on wire.complaints (shop_id, asked_at desc, id desc);
create index complaints_due on wire.complaints (due_at) where state in ('asked', 'answered', 'completed');
create index complaints_with_staff on wire.complaints (due_at, id) where state in ('reviewing', 'proposed');
create index complaints_of_staff on wire.complaints (further_at desc, id desc) where further_at is not null;
grant select, insert, update (amount, state, said_last, payer_said, shop_said, ruling, refund_id, due_at, further_at, ended_at)
  on wire.complaints to weiji_app;

-- Of the staff's desk: what waits for them, and what they decided.
create view wire.public_complaint_desk as
select shard, further_at as since, due_at,
  case when state in ('reviewing', 'proposed') then null else (ruling ->> 'signed_at')::timestamptz end as done_at
from wire.complaints
where further_at is not null and (state in ('reviewing', 'proposed') or ruling is not null);
grant select on wire.public_complaint_desk to weiji_app;

-- What programs are told of as complaints is in one list with those.
create view aftersale.public_cases as
select shard, id, shop_id, asked_at
from aftersale.cases;
grant select on aftersale.public_cases to weiji_app;
