-- Rules that two of the staff agreed on say who the second was, and the operator says what takes two.
alter table orders.rules add column approver_id uuid,
  add constraint rules_need_two_persons check (approver_id <> author_id);
alter table orders.fee_rules add column approver_id uuid,
  add constraint fee_rules_need_two_persons check (approver_id <> author_id);
insert into rulebook.versions (name, version, effective_at, rules, reason, created_at)
values ('approvals', 1, '1970-01-01T00:00:00Z', '{}', 'The defaults of the program.', '1970-01-01T00:00:00Z');
