-- People, how they sign in, what they may do, and what lets money of theirs move.
create schema identity;
grant usage on schema identity to weiji_app;

-- Names that sign in: `handle:mei`, `phone:<blind index>`. Unique everywhere, so the name itself is the key.
create table identity.names (
  name text primary key
    constraint names_are_of_a_kind check (name ~ '^(handle|phone):' and length(name) between 8 and 80),
  person_id uuid not null,
  created_at timestamptz not null
);
comment on table identity.names is 'citus: distributed by name';
grant select, insert on identity.names to weiji_app;

-- Attempts to sign in or up, by name and by network address, counted before anything is checked.
create table identity.attempts (
  key text primary key constraint attempts_key_length check (length(key) between 1 and 120),
  attempts integer not null constraint attempts_are_counted check (attempts >= 0),
  locked_until timestamptz,
  attempted_at timestamptz not null
);
comment on table identity.attempts is 'citus: distributed by key';
create index attempts_attempted_at on identity.attempts (attempted_at);
grant select, insert, update, delete on identity.attempts to weiji_app;

create table identity.people (
  shard smallint not null,
  id uuid not null,
  handle text constraint people_handle_is_plain check (handle ~ '^[a-z][a-z0-9_]{2,29}$'),
  phone bytea constraint people_phone_is_sealed check (octet_length(phone) between 80 and 300),
  display_name text not null constraint people_display_name_length check (length(display_name) between 1 and 40),
  locale text not null constraint people_locale_is_known check (locale in ('zh-CN', 'en')),
  password_hash text not null constraint people_password_is_hashed check (password_hash like '$argon2id$%'),
  password_changed_at timestamptz not null,
  created_at timestamptz not null,
  primary key (id, shard),
  constraint people_have_a_name_to_sign_in check (handle is not null or phone is not null)
);
grant select, insert on identity.people to weiji_app;
grant update (display_name, locale, password_hash, password_changed_at) on identity.people to weiji_app;

create table identity.sessions (
  shard smallint not null,
  id uuid not null,
  person_id uuid not null,
  secret_hash bytea not null constraint sessions_secret_is_hashed check (octet_length(secret_hash) = 32),
  address inet,
  user_agent text not null constraint sessions_user_agent_length check (length(user_agent) <= 300),
  created_at timestamptz not null,
  seen_at timestamptz not null,
  idle_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (id, shard),
  constraint sessions_end_in_time check (idle_at <= expires_at)
) with (fillfactor = 80);
create index sessions_of_a_person on identity.sessions (person_id, id);
create index sessions_idle_at on identity.sessions (idle_at);
grant select, insert, update, delete on identity.sessions to weiji_app;

-- What a person may do beyond being one. The scope is `platform` or the id of a shop.
create table identity.roles (
  shard smallint not null,
  person_id uuid not null,
  scope text not null constraint roles_scope_length check (length(scope) between 1 and 36),
  role text not null constraint roles_role_is_known check (role in ('operator', 'arbiter', 'owner', 'staff')),
  granted_at timestamptz not null,
  primary key (person_id, scope, role, shard)
);
grant select, insert, delete on identity.roles to weiji_app;

-- Whom a session or an API key stands for: what other modules may join.
create view identity.callers as
select p.shard, p.id as person_id, p.handle, p.display_name, p.locale,
  array(
    select r.scope || ' ' || r.role
    from identity.roles r
    where r.shard = p.shard and r.person_id = p.id
    order by r.scope, r.role
  ) as roles
from identity.people p;
grant select on identity.callers to weiji_app;

-- Whom goods are sent to. All but the region is sealed.
create table identity.addresses (
  shard smallint not null,
  id uuid not null,
  person_id uuid not null,
  region text not null constraint addresses_region_length check (length(region) between 1 and 100),
  contact bytea not null constraint addresses_contact_is_sealed check (octet_length(contact) between 80 and 4000),
  is_default boolean not null,
  created_at timestamptz not null,
  primary key (person_id, id, shard)
);
create unique index addresses_one_is_default on identity.addresses (person_id, shard) where is_default;
grant select, insert, delete on identity.addresses to weiji_app;
grant update (region, contact, is_default) on identity.addresses to weiji_app;

create table identity.payment_passwords (
  shard smallint not null,
  person_id uuid not null,
  password_hash text not null constraint payment_passwords_are_hashed check (password_hash like '$argon2id$%'),
  attempts integer not null constraint payment_passwords_attempts_are_counted check (attempts >= 0),
  locked_until timestamptz,
  set_at timestamptz not null,
  primary key (person_id, shard)
);
grant select, insert, update on identity.payment_passwords to weiji_app;

-- Money of a person that one API key may spend, without the payment password, until a time.
create table identity.allowances (
  shard smallint not null,
  id uuid not null,
  person_id uuid not null,
  key_id uuid not null,
  amount bigint not null constraint allowances_amount_is_positive check (amount > 0),
  spent bigint not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  revoked_at timestamptz,
  primary key (person_id, id, shard),
  constraint allowances_not_overspent check (spent between 0 and amount)
);
grant select, insert on identity.allowances to weiji_app;
grant update (spent, revoked_at) on identity.allowances to weiji_app;

create table identity.allowance_spendings (
  shard smallint not null,
  person_id uuid not null,
  id uuid not null,
  allowance_id uuid not null,
  amount bigint not null constraint allowance_spendings_amount_is_not_negative check (amount >= 0),
  created_at timestamptz not null,
  primary key (person_id, id, shard)
);
grant select, insert on identity.allowance_spendings to weiji_app;
