-- Open notices are counted, and gone through, without the history of their shop.
create index stock_notices_open_of_shop on catalog.stock_notices (shop_id, sku_id) where ended_at is null;

-- What shops want to be told of is gone through in this order, a part at a time.
create index skus_watched_in_order on catalog.skus (shop_id, id) where low_stock is not null and status = 'listed';
drop index catalog.skus_watched;

-- What waits at the desks of the operator, and what was done lately: without all that was ever done there.
create index inquiries_by_end on supervision.inquiries (decided_at);
create index penalties_by_judgement on supervision.penalties (judged_at) where appealed_at is not null;
create index suspensions_by_judgement on shops.suspensions (judged_at) where appealed_at is not null;
create index reviews_by_decision on catalog.reviews ((case when state <> 'waiting' then decided_at end));
create index applications_by_decision on onboarding.applications
  ((case when state <> all (array['submitted', 'in_review']) then decided_at end)) where submitted_at is not null;
create index reports_by_ruling on reviews.reports (ruled_at);
create index disputes_by_execution on disputes.disputes ((case when state = 'executed' then ended_at end));
create index cases_by_end on chargebacks.cases ((coalesce(represented_at, ended_at)));
