-- What a channel is to let go is decided once, of what it says that it holds, and what went back before that is counted in
-- the same row: so no refund is between the two.
alter table payments.unfreezings
  add column gone_back bigint not null default 0,
  add column taken_off bigint not null default 0,
  add column fees_back bigint not null default 0,
  add column rest bigint,
  add column part bigint,
  add column decisions smallint not null default 0,
  add constraint unfreezings_gone_back_is_no_debt check (gone_back >= 0 and fees_back >= 0) not valid,
  add constraint unfreezings_taken_off_within_amount check (taken_off between 0 and amount) not valid,
  add constraint unfreezings_decided_of_what_is_there
    check ((part is null) = (rest is null) and part between 0 and amount and rest >= 0) not valid;
grant update (gone_back, taken_off, fees_back, rest, part, decisions) on payments.unfreezings to weiji_app;
create index unfreezings_waiting on payments.unfreezings (shop_id, id) where status = 'waiting';

-- What of a refund the shop gave back itself: not the fee that it had again. Unknown of those of old, whose shops were given all of it.
alter table payments.refunds add column of_shop bigint;

-- Of those under way, what went back was given back to the shop whole.
update payments.unfreezings u
set gone_back = b.amount, taken_off = least(b.amount, u.amount)
from (
  select r.payment_id, sum(r.amount)::bigint as amount
  from payments.refunds r
  where r.is_from_shop and r.status = 'succeeded' and r.reason <> 'paid_twice'
  group by r.payment_id
) b
where u.status <> 'unfrozen' and u.payment_id = b.payment_id;
