-- A dispute has a last deadline: what no arbiter decided until then is decided by the operator's rules.
alter table disputes.disputes add column stop_at timestamptz;

-- Those that are open get what the rules give new ones by default, and time to be decided by somebody all the same.
update disputes.disputes set stop_at = greatest(opened_at + interval '60 days', now() + interval '7 days')
where shard between 0 and 63 and ended_at is null;

grant update (stop_at) on disputes.disputes to weiji_app;

create index disputes_stopping on disputes.disputes (stop_at) where due_at is not null;

-- What the clock ruled, and by which rule. Nobody signed that, and its words are those of the rule.
alter table disputes.rulings add column basis text not null default 'arbiter';
alter table disputes.rulings alter column signed_by drop not null;
alter table disputes.rulings
  add constraint rulings_signed_or_by_rule check ((signed_by is null) = (basis <> 'arbiter')) not valid,
  add constraint rulings_basis_is_known
    check (basis = any (array['arbiter', 'first_ruling', 'goods', 'one_side', 'share'])) not valid,
  drop constraint rulings_words_length;
alter table disputes.rulings
  add constraint rulings_words_length check (length(words) <= 2000 and (length(words) >= 1 or signed_by is null)) not valid;
alter table disputes.rulings validate constraint rulings_signed_or_by_rule;
alter table disputes.rulings validate constraint rulings_basis_is_known;
alter table disputes.rulings validate constraint rulings_words_length;
