-- pre: What word rules find in what both sides of a complaint say is marked for the staff, as in disputes.

alter table wire.complaints add column marks jsonb not null default '[]';
grant update (marks) on wire.complaints to weiji_app;
