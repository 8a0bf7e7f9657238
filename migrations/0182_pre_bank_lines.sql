-- Staff may write down only so much of one payment alone: all its chargebacks are read with each.
create index chargebacks_of_payment on payments.chargebacks (payment_id);
create index cases_of_order on chargebacks.cases (order_id) where order_id is not null;

-- Which line of a statement brought a transfer back: what comes with its reference by another line is other money.
alter table payments.bank_transfers
  add column returned_by text constraint bank_transfers_returned_by_length check (length(returned_by) between 1 and 50);
grant update (returned_by) on payments.bank_transfers to weiji_app;

-- A refund that came back may be sent once more.
create unique index bank_transfers_one_under_way on payments.bank_transfers (subject_id, shard)
  where status not in ('rejected', 'returned');
drop index payments.bank_transfers_one_at_a_time;

-- Lines in red ink.
alter table payments.bank_statements add column corrections integer not null default 0
  constraint bank_statements_corrections_range check (corrections between 0 and lines);

-- A shop's campaigns are listed by when they were made: ids that programs derive do not tell.
create index campaigns_of_a_shop_by_time on coupons.campaigns (shop_id, created_at desc, id desc) where shop_id is not null;
