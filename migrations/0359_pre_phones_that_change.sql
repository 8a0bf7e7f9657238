-- pre: Who is here already signs in with a phone number, too, with another one, or with none any more.
grant delete on identity.names to weiji_app;
grant update (phone) on identity.people to weiji_app;
