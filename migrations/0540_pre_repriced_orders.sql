-- pre: Shops change what unpaid orders cost: what they take off by hand (`conceded`) is in `discount`, beside their coupon's.

alter table orders.orders add column conceded bigint not null default 0;
alter table orders.orders add constraint orders_conceded_range check (conceded between 0 and discount) not valid;
alter table orders.orders drop constraint orders_reductions_are_by_coupons;
alter table orders.orders add constraint orders_reductions_are_by_coupons_or_conceded check (
  discount + subsidy = conceded or coupons is not null) not valid;
grant update (reasons) on orders.lines to weiji_app;
grant update (shares) on orders.lines to weiji_app;
