-- What waits at each of the staff's desks, since when, until when, and what was done: one row for each, of every module that has a desk.
create view catalog.public_desk as
select shard, submitted_at as since, null::timestamptz as due_at, case when state <> 'waiting' then decided_at end as done_at
from catalog.reviews
where state in ('waiting', 'approved', 'refused');
grant select on catalog.public_desk to weiji_app;

create view onboarding.public_desk as
select shard, submitted_at as since, promised_at as due_at,
  case when state not in ('submitted', 'in_review') then decided_at end as done_at
from onboarding.applications
where state in ('submitted', 'in_review', 'returned', 'approved', 'rejected') and submitted_at is not null;
grant select on onboarding.public_desk to weiji_app;

create view reviews.public_desk as
select shard, reported_at as since, null::timestamptz as due_at, ruled_at as done_at
from reviews.reports;
grant select on reviews.public_desk to weiji_app;

create view disputes.public_desk as
select shard, opened_at as since, due_at, case when state = 'executed' then ended_at end as done_at
from disputes.disputes
where state in ('deciding', 'proposed', 'appealed', 'appeal_proposed', 'executed');
grant select on disputes.public_desk to weiji_app;

create view chargebacks.public_desk as
select shard, received_at as since, respond_by as due_at, coalesce(represented_at, ended_at) as done_at
from chargebacks.cases;
grant select on chargebacks.public_desk to weiji_app;

create view shops.public_desk as
select shard, appealed_at as since, null::timestamptz as due_at, judged_at as done_at
from shops.suspensions
where appealed_at is not null and (judged_at is not null or state = 'in_force');
grant select on shops.public_desk to weiji_app;
