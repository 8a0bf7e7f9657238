-- How people are called, for pages of modules that have only their ids.
create view identity.public_people as
  select shard, id, display_name from identity.people;
grant select on identity.public_people to weiji_app;
