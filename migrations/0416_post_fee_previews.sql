-- post: Whatever somebody publishes of fees has a preview. What was published before had none to name.
alter table orders.fee_rules
  add constraint fee_rules_name_their_preview check (author_id is null or fingerprint is not null) not valid;
