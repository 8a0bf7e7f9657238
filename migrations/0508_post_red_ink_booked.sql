-- post: Nobody reads what went from the bank account without what the bank takes back.
drop view payments.public_bank_debits;
drop index payments.notices_debited;
