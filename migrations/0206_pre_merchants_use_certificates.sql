-- Who asked for the platform's certificates checks signatures with them; who never did has the public key. Merchants of
-- before go on as they did.
alter table wire.merchants add column uses_certificates boolean not null default true;
alter table wire.merchants alter column uses_certificates set default false;
grant update (uses_certificates) on wire.merchants to weiji_app;
