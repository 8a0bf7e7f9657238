-- Disputes: what arbiters decide about cases of after-sale that came to nothing.
alter table aftersale.cases drop constraint cases_state_is_known;
alter table aftersale.cases add constraint cases_state_is_known check (state in ('asked', 'countered', 'refused', 'disputed',
  'agreed', 'to_return', 'returning', 'returned', 'reshipped', 'refunding', 'refunded', 'withdrawn', 'expired', 'dismissed'));
alter table aftersale.cases drop constraint cases_ended_when_over;
alter table aftersale.cases add constraint cases_ended_when_over check ((ended_at is not null) =
  (state in ('reshipped', 'refunded', 'withdrawn', 'expired', 'dismissed')));
create unique index cases_one_undecided_for_each_line on aftersale.cases (order_id, line, shard)
  where state in ('asked', 'countered', 'refused', 'disputed', 'agreed', 'to_return', 'returning', 'returned');

create schema disputes;
grant usage on schema disputes to weiji_app;

-- The rules in force are the latest; a dispute keeps those that it was opened under.
create table disputes.rules (
  version integer primary key constraint rules_versions_count_up check (version > 0),
  rules jsonb not null,
  author_id uuid,
  reason text not null constraint rules_reason_length check (length(reason) between 1 and 500),
  created_at timestamptz not null
);
grant select, insert on disputes.rules to weiji_app;

-- One for a case, under its id. The file is what case and order were when it was opened: it is never changed.
create table disputes.disputes (
  shard smallint not null,
  case_id uuid not null,
  order_id uuid not null,
  shop_id uuid not null,
  buyer_id uuid not null,
  opened_by text not null constraint disputes_opened_by_is_known check (opened_by in ('buyer', 'merchant')),
  claim text not null constraint disputes_claim_length check (length(claim) between 1 and 1000),
  file jsonb not null,
  file_hash bytea not null constraint disputes_file_hash_length check (length(file_hash) = 32),
  reason text not null,
  rules jsonb not null,
  goods bigint not null constraint disputes_goods_is_not_negative check (goods >= 0),
  most bigint not null,
  state text not null constraint disputes_state_is_known check (state in ('evidence', 'deciding', 'proposed', 'ruled', 'appealed',
    'appeal_proposed', 'executed', 'withdrawn')),
  due_at timestamptz,
  opened_at timestamptz not null,
  ended_at timestamptz,
  appealed_by text constraint disputes_appealed_by_is_known check (appealed_by in ('buyer', 'merchant')),
  appeal text not null default '' constraint disputes_appeal_length check (length(appeal) <= 1000),
  awarded bigint,
  primary key (case_id, shard),
  constraint disputes_live_in_the_shard_of_their_shop check (
    shard = kit.shard_of(shop_id) and shard = kit.shard_of(order_id) and shard = kit.shard_of(case_id)),
  constraint disputes_most_is_goods_and_freight check (most >= goods),
  constraint disputes_open_have_a_clock check ((due_at is not null) = (state not in ('executed', 'withdrawn'))),
  constraint disputes_ended_when_over check ((ended_at is not null) = (state in ('executed', 'withdrawn'))),
  constraint disputes_awarded_when_executed check ((awarded is not null) = (state = 'executed')),
  constraint disputes_not_awarded_beyond_most check (awarded between 0 and most)
) with (fillfactor = 80);
create index disputes_due on disputes.disputes (due_at) where due_at is not null;
create index disputes_newest on disputes.disputes (opened_at desc, case_id desc);
create index disputes_executed on disputes.disputes (reason, ended_at desc) where state = 'executed';
create index disputes_of_a_shop on disputes.disputes (shop_id, opened_at desc);
grant select, insert, update (state, due_at, ended_at, appealed_by, appeal, awarded) on disputes.disputes to weiji_app;

-- What each side said and showed, once; its hash is told at once, the rest when both are in or the time is up.
create table disputes.evidence (
  shard smallint not null,
  case_id uuid not null,
  side text not null constraint evidence_side_is_known check (side in ('buyer', 'merchant')),
  words text not null constraint evidence_words_length check (length(words) <= 2000),
  pictures jsonb not null default '[]' constraint evidence_pictures_length check (jsonb_array_length(pictures) <= 9),
  hash bytea not null constraint evidence_hash_length check (length(hash) = 32),
  submitted_by uuid,
  submitted_at timestamptz not null,
  primary key (case_id, side, shard),
  constraint evidence_lives_in_the_shard_of_its_case check (shard = kit.shard_of(case_id))
);
grant select, insert on disputes.evidence to weiji_app;

create table disputes.rulings (
  shard smallint not null,
  case_id uuid not null,
  number smallint not null constraint rulings_count_up check (number between 1 and 100),
  is_appeal boolean not null,
  share smallint not null constraint rulings_share_range check (share between 0 and 100),
  freight_by text not null constraint rulings_freight_by_is_known check (freight_by in ('buyer', 'merchant')),
  amount bigint not null constraint rulings_amount_is_not_negative check (amount >= 0),
  words text not null constraint rulings_words_length check (length(words) between 1 and 2000),
  postings jsonb not null,
  signed_by uuid not null,
  signed_at timestamptz not null,
  seconded_by uuid,
  seconded_at timestamptz,
  rejected_by uuid,
  rejected_at timestamptz,
  objection text not null default '' constraint rulings_objection_length check (length(objection) <= 1000),
  primary key (case_id, number, shard),
  constraint rulings_live_in_the_shard_of_their_case check (shard = kit.shard_of(case_id)),
  constraint rulings_seconded_by_somebody_else check (seconded_by <> signed_by),
  constraint rulings_rejected_by_somebody_else check (rejected_by <> signed_by),
  constraint rulings_seconded_or_rejected check (seconded_by is null or rejected_by is null)
);
grant select, insert, update (seconded_by, seconded_at, rejected_by, rejected_at, objection) on disputes.rulings to weiji_app;

insert into disputes.rules (version, rules, author_id, reason, created_at)
values (1, '{}', null, 'The defaults of the program.', '1970-01-01T00:00:00Z');
