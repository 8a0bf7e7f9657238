-- Orders with coupons. `discount` is what the shop forgoes, `subsidy` what the platform adds for the buyer: the total is what
-- the buyer pays, and with the subsidy it is what the shop is paid.
alter table orders.orders
  add column discount bigint not null default 0 constraint orders_discount_range check (discount >= 0),
  add column subsidy bigint not null default 0 constraint orders_subsidy_range check (subsidy >= 0),
  add column subsidy_refunded bigint not null default 0,
  add column coupons jsonb,
  add constraint orders_subsidy_not_returned_beyond_subsidy check (subsidy_refunded between 0 and subsidy),
  add constraint orders_reductions_are_by_coupons check (discount + subsidy = 0 or coupons is not null),
  drop constraint orders_total_is_the_sum,
  add constraint orders_total_is_the_sum check (total = goods + freight - discount - subsidy),
  drop constraint orders_fee_within_total,
  add constraint orders_fee_within_total check (fee between 0 and total + subsidy);

-- Which goods a coupon is for may depend on their category.
create or replace view catalog.public_skus as
select k.shard, k.id, k.product_id, k.shop_id, p.title, p.kind, p.options, k.code, k.choices, k.price, k.compare_at,
  k.weight_grams, coalesce(k.picture, p.pictures -> 0 ->> 'url') as picture,
  p.status = 'listed' and k.status = 'listed' as is_listed, p.delivery, p.presale, p.category_id
from catalog.skus k
join catalog.products p on p.shard = k.shard and p.id = k.product_id;

-- The checkout reads address book and coupons at once. Whom a parcel goes to is sealed.
create view identity.public_addresses as
select shard, person_id, id, region, contact, is_default, created_at, region_code, tag from identity.addresses;
grant select on identity.public_addresses to weiji_app;
