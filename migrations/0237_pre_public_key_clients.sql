-- Whose answers were signed with the public key before anybody fetched certificates goes on getting these: one call for
-- the certificates, of another program, does not change what a program at work has to check.
alter table wire.merchants add column public_key_clients text[] not null default '{}';
alter table wire.merchants add constraint merchants_public_key_clients_are_few check (cardinality(public_key_clients) <= 10);
grant update (public_key_clients) on wire.merchants to weiji_app;
