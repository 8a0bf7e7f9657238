-- pre: A ruling may have the shop pay what the buyer laid out to send goods back.
alter table disputes.rulings
  add column postage bigint not null default 0,
  add constraint rulings_postage_is_the_shops check (postage >= 0 and (postage = 0 or freight_by = 'merchant')) not valid;
alter table disputes.rulings validate constraint rulings_postage_is_the_shops;
