-- post: Orders of before are looked at, too, without keeping anybody out.

alter table orders.orders validate constraint orders_conceded_range;
alter table orders.orders validate constraint orders_reductions_are_by_coupons_or_conceded;
