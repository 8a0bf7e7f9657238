-- pre: What one of the staff proposes to change of word rules, just as another is to see it, with what its trials found; and who
-- agreed to a version. A draft is kept by its hash: a file of ten thousand rules is no part of a proposal.
create table word_rules.drafts (
  digest text primary key,
  put jsonb not null,
  retired uuid[] not null,
  rule_ids uuid[] not null,
  trials jsonb not null,
  drafted_at timestamptz not null,
  constraint drafts_digest_is_sha256 check (digest ~ '^[0-9a-f]{64}$')
);
grant select, insert, delete on word_rules.drafts to weiji_app;
alter table word_rules.trials add column trial_id uuid, add column found jsonb;
alter table word_rules.versions add column approver_id uuid,
  add constraint versions_need_two_persons check (approver_id <> author_id) not valid;
alter table supervision.conduct_versions add column approver_id uuid,
  add constraint conduct_versions_need_two_persons check (approver_id <> author_id) not valid;
