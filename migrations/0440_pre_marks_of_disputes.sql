-- pre: What word rules find in what both sides of a dispute say is marked for arbiters; nothing that is said is changed.
create table disputes.marks (
  shard smallint not null,
  case_id uuid not null,
  side text not null,
  place text not null,
  rule_id uuid not null,
  word text not null,
  name text not null,
  action text not null,
  found text not null,
  marked_at timestamptz not null,
  primary key (case_id, side, place, rule_id, word, shard),
  constraint marks_live_in_the_shard_of_their_case check (shard = kit.shard_of(case_id)),
  constraint marks_side_is_known check (side in ('buyer', 'merchant')),
  constraint marks_place_is_known check (place in ('case', 'claim', 'evidence', 'appeal')),
  constraint marks_action_is_known check (action in ('refuse', 'review', 'note'))
);
grant select, insert on disputes.marks to weiji_app;
