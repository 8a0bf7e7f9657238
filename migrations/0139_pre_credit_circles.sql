-- Circles of three and four are found by who sold to whom, against the direction of sale, from those buyers who have a shop.
create index bonds_of_a_buyer on credit.bonds (buyer_id, made_at, shop_id);
create index shops_of_an_owner on shops.shops (owner_id);
