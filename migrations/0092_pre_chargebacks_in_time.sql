-- Chargebacks are listed by when they came: their ids are derived, and don't tell.

drop index chargebacks.cases_in_order;
drop index chargebacks.cases_of_shop;
create index cases_in_order on chargebacks.cases (received_at, id);
create index cases_of_shop on chargebacks.cases (shop_id, received_at, id) where shop_id is not null;
