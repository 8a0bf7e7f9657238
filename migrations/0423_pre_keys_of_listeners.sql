-- pre: The program that says where a merchant is told says with it which key of the platform it checks with.

alter table wire.listeners add column key_id text;
grant update (key_id) on wire.listeners to weiji_app;
