-- pre: Who forgot the payment password asks for a reset, waits, and sets another with the login password alone.
alter table identity.payment_passwords
  add column reset_asked_at timestamptz,
  add column reset_opens_at timestamptz,
  add column reset_closes_at timestamptz,
  add constraint payment_passwords_reset_waits check (
    num_nulls(reset_asked_at, reset_opens_at, reset_closes_at) = 3
    or num_nulls(reset_asked_at, reset_opens_at, reset_closes_at) = 0
      and reset_asked_at < reset_opens_at and reset_opens_at < reset_closes_at
  );
