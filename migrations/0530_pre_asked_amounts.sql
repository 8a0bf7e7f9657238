-- pre: A case keeps which amount its buyer named: what is asked again under its id with another is not the same.
-- Of those that were asked before, it is not known.
alter table aftersale.cases add column asked_amount bigint constraint cases_asked_amount_is_positive check (asked_amount > 0);
