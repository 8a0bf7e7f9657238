-- Credit goes with whoever earned it: signed certificates for shops at other installations, and credit brought from there.

create table credit.certificates (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  -- The address of the shop elsewhere that it is for.
  audience text not null constraint certificates_audience_length check (length(audience) between 1 and 300),
  -- As it was signed, to the letter.
  document text not null constraint certificates_document_length check (length(document) between 1 and 4096),
  score bigint not null constraint certificates_score_is_positive check (score > 0),
  grade smallint not null constraint certificates_grade_range check (grade between 0 and 20),
  issued_at timestamptz not null,
  issued_by uuid,
  expires_at timestamptz not null,
  withdrawn_at timestamptz,
  withdrawn_by uuid,
  reason text not null default '' constraint certificates_reason_length check (length(reason) <= 500),
  primary key (id, shard),
  constraint certificates_expire_later check (expires_at > issued_at),
  constraint certificates_withdrawn_have_a_reason check ((withdrawn_at is null) = (reason = '')),
  constraint certificates_live_with_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create index certificates_of_a_shop on credit.certificates (shop_id, issued_at desc);
grant select, insert, update (withdrawn_at, withdrawn_by, reason) on credit.certificates to weiji_app;

-- Installations whose certificates are believed here, each with its keys.
create table credit.issuers (
  address text not null constraint issuers_address_length check (length(address) between 1 and 200),
  public_key bytea not null constraint issuers_key_length check (octet_length(public_key) = 32),
  -- Whether the key came from that address by https, or somebody brought it.
  is_fetched boolean not null,
  trusted_at timestamptz not null,
  trusted_by uuid,
  ended_at timestamptz,
  ended_by uuid,
  reason text not null default '' constraint issuers_reason_length check (length(reason) <= 500),
  primary key (address, public_key),
  constraint issuers_ended_have_a_reason check ((ended_at is null) = (reason = ''))
);
grant select, insert, update on credit.issuers to weiji_app;

-- What shops brought from elsewhere. It never counts here: it is shown beside the shop's own grade.
create table credit.brought (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  issuer text not null,
  certificate_id uuid not null,
  document text not null constraint brought_document_length check (length(document) between 1 and 4096),
  shop_name text not null constraint brought_name_length check (length(shop_name) between 1 and 100),
  shop_address text not null constraint brought_address_length check (length(shop_address) between 1 and 300),
  score bigint not null constraint brought_score_is_not_negative check (score >= 0),
  grade smallint not null constraint brought_grade_range check (grade between 0 and 20),
  trades bigint not null constraint brought_have_a_trade_for_each_point check (score <= trades),
  since date not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  brought_at timestamptz not null,
  brought_by uuid,
  state text not null constraint brought_state_is_known check (state in ('in_force', 'withdrawn', 'replaced', 'removed')),
  -- When its issuer last said that it stands, and when it was last asked.
  confirmed_at timestamptz not null,
  asked_at timestamptz not null,
  primary key (id, shard),
  constraint brought_expire_later check (expires_at > issued_at),
  constraint brought_live_with_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id))
);
create unique index brought_one_from_each_issuer on credit.brought (shop_id, issuer, shard) where state = 'in_force';
create index brought_of_a_shop on credit.brought (shop_id, brought_at desc);
create index brought_to_ask_for on credit.brought (asked_at) where state = 'in_force';
grant select, insert, update (state, score, grade, confirmed_at, asked_at) on credit.brought to weiji_app;
