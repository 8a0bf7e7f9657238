-- Channels that the operator has contracts for: their settings, and whether new payments may be begun with them.
create table payments.channels (
  name text primary key constraint channels_name_is_a_word check (name ~ '^[a-z][a-z0-9_]{0,31}$'),
  version integer not null constraint channels_versions_count_up check (version > 0),
  is_open boolean not null,
  -- What anybody who runs the platform may read.
  settings jsonb not null constraint channels_settings_are_an_object check (jsonb_typeof(settings) = 'object'),
  -- Each secret sealed for itself, base64.
  secrets jsonb not null constraint channels_secrets_are_an_object check (jsonb_typeof(secrets) = 'object'),
  changed_at timestamptz not null
);
grant select, insert, update on payments.channels to weiji_app;

-- How a payer pays at `pay_url`: on a page of the channel's, by a code that a telephone reads, by its app, or by a transfer.
alter table payments.payments add column pay_way text not null default 'page'
  constraint payments_pay_way_is_known check (pay_way in ('page', 'code', 'app', 'transfer'));
grant update (pay_way) on payments.payments to weiji_app;

-- A signed address is long.
alter table payments.payments drop constraint payments_pay_url_length;
alter table payments.payments add constraint payments_pay_url_length check (length(pay_url) between 1 and 4000) not valid;
alter table payments.payments validate constraint payments_pay_url_length;
