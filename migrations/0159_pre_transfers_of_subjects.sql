-- What was asked of the bank for a payout or a refund is looked up whenever it is asked again.
create index bank_transfers_of_subjects on payments.bank_transfers (subject_id, attempt);
