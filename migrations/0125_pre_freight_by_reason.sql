-- Who bears freight for the reason of a case; and when something was sent anew for a line: after-sale begins anew for it.
alter table aftersale.cases add column freight_by text constraint cases_freight_by_is_known check (freight_by in ('buyer', 'merchant'));
alter table orders.lines add column replaced_at timestamptz;
grant update (replaced_at) on orders.lines to weiji_app;
