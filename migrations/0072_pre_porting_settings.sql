-- What an archive tells of a shop besides its goods: how it is set up, how its page looks, and its invoices.

alter table porting.runs
  -- What the run gave the shop's settings, so that undoing takes it back.
  add column settings jsonb,
  -- How the shop's page shall look, until its pictures are there.
  add column design jsonb constraint runs_design_length check (length(design::text) <= 2000000);

alter table porting.history drop constraint history_kind_is_known;
alter table porting.history add constraint history_kind_is_known
  check (kind in ('order', 'movement', 'price', 'customer', 'review', 'invoice'));

-- Whoever takes a shop's invoices along reads them in the order of their orders.
create index invoices_whole on orders.invoices (shop_id, order_id);
