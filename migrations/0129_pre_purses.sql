-- A chargeback of what was for none of our orders is recovered from whoever's purse the money went to.
alter table chargebacks.cases
  add column purse text,
  add column debtor_id uuid,
  add constraint cases_purse_is_known check (purse in ('shop', 'deposit', 'wallet')),
  add constraint cases_purse_is_somebodys check ((purse is null) = (debtor_id is null) and (purse is null or order_id is null)),
  drop constraint cases_of_an_order_are_of_a_shop,
  add constraint cases_of_an_order_are_of_a_shop
    check ((shop_id is not null) = (order_id is not null or purse is not null and purse <> 'wallet')),
  drop constraint cases_live_in_the_shard_of_their_order,
  add constraint cases_live_in_the_shard_of_their_order
    check (shard = kit.shard_of(id) and shard = kit.shard_of(coalesce(order_id, debtor_id, payment_id)));
