-- pre: No month is closed while a statement of a channel is missing: other modules may read of which days there are any.
create view reconciliation.public_statements as select shard, channel, day from reconciliation.statements;
grant select on reconciliation.public_statements to weiji_app;
