-- What buyers and shops write in reviews is looked at by word rules: what somebody has to see first is held, and counts from when it is released.

alter table reviews.reviews
  add column text_screening text not null default 'clear'
    constraint reviews_text_screening_is_known check (text_screening in ('clear', 'held', 'refused')),
  add column answer_screening text not null default 'clear'
    constraint reviews_answer_screening_is_known check (answer_screening in ('clear', 'held', 'refused')),
  add column follow_up_screening text not null default 'clear'
    constraint reviews_follow_up_screening_is_known check (follow_up_screening in ('clear', 'held', 'refused')),
  -- A review goes by ruling only, and its place stays: one whose words are refused is one that was removed.
  add constraint reviews_refused_are_removed check (text_screening <> 'refused' or removed_at is not null),
  add constraint reviews_screened_answers_are_there check (answer_screening = 'clear' or answered_at is not null),
  add constraint reviews_screened_follow_ups_are_there check (follow_up_screening = 'clear' or followed_up_at is not null);

-- What is held, for which words, and what staff said to it.
create table reviews.holds (
  shard smallint not null,
  order_id uuid not null,
  line smallint not null,
  part text not null constraint holds_part_is_known check (part in ('review', 'answer', 'follow_up')),
  shop_id uuid not null,
  words jsonb not null constraint holds_have_words check (jsonb_array_length(words) between 1 and 50),
  held_at timestamptz not null,
  judged_at timestamptz,
  judged_by uuid,
  is_released boolean,
  reason text not null default '' constraint holds_reason_length check (length(reason) <= 500),
  primary key (order_id, line, part, shard),
  constraint holds_judged_whole
    check ((judged_at is null) = (judged_by is null) and (judged_at is null) = (is_released is null)),
  constraint holds_refused_have_a_reason check (is_released is distinct from false or reason <> ''),
  constraint holds_live_in_the_shard_of_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id))
) with (fillfactor = 80);
create index holds_waiting on reviews.holds (held_at, order_id, line, part) where judged_at is null;
grant select, insert, update on reviews.holds to weiji_app;
