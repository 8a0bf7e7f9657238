-- Payers may pay inside WeChat: what is handed to it there is kept as what to pay by.
alter table payments.payments drop constraint payments_pay_way_is_known;
alter table payments.payments add constraint payments_pay_way_is_known
  check (pay_way in ('page', 'code', 'app', 'transfer', 'jsapi')) not valid;
alter table payments.payments validate constraint payments_pay_way_is_known;
