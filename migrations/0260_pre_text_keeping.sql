-- Since when it is kept what products said: of a text that was asked for before that, only this is known, that it read so then.
create table catalog.text_keeping (
  since timestamptz primary key
);
insert into catalog.text_keeping
select coalesce((select migrated_at from public.weiji_migrations where number = 228), now());
grant select on catalog.text_keeping to weiji_app;
