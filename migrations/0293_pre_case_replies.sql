-- Buyers answer their shop in a case, too. How the order's rules limit applications is for the pages of cases to read.
alter table aftersale.cases
  add column reply text not null default '' constraint cases_reply_length check (length(reply) <= 500),
  add column reply_proof jsonb not null default '[]' constraint cases_reply_proof_length check (jsonb_array_length(reply_proof) <= 9),
  add column said_last text constraint cases_said_last_is_known check (said_last in ('buyer', 'merchant')),
  add column buyer_replies smallint not null default 0 constraint cases_buyer_replies_range check (buyer_replies between 0 and 40),
  add column shop_replies smallint not null default 0 constraint cases_shop_replies_range check (shop_replies between 0 and 40);

create view orders.public_terms as
select o.shard, o.id, (r.rules ->> 'applications_max')::integer as applications_max
from orders.orders o
join orders.rules r on r.version = o.rules_version;
grant select on orders.public_terms to weiji_app;
