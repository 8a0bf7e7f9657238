-- Which programs asked for the platform's certificates: these check with them. Another program's answers stay as they were.
-- Of merchants of before it is not known which: all of theirs go on with certificates.
alter table wire.merchants add column certificate_clients text[] not null default '{}';
alter table wire.merchants add constraint merchants_certificate_clients_are_few check (cardinality(certificate_clients) <= 20);
grant update (certificate_clients) on wire.merchants to weiji_app;
