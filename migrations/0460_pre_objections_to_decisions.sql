-- pre: What one of the staff proposed of a complaint, and another did not sign, is kept for the staff, and told to nobody else.

alter table wire.complaints add column objections jsonb not null default '[]';
grant update (objections) on wire.complaints to weiji_app;
