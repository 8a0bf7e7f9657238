-- Profit is shared with people, too: a receiver is a merchant's number, or what an app calls somebody.

alter table wire.receivers
  drop constraint receivers_account_is_a_number,
  add constraint receivers_account_length check (length(account) between 1 and 64);
alter table wire.split_parts
  add column type text not null default 'MERCHANT_ID'
    constraint split_parts_type_is_known check (type in ('MERCHANT_ID', 'PERSONAL_OPENID', 'PERSONAL_SUB_OPENID')),
  add constraint split_parts_of_people_do_not_return check (type = 'MERCHANT_ID' or returned = 0);
