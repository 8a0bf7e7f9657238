-- What others may show of categories: their names.
create view catalog.public_categories as select id, parent_id, name, name_en from catalog.categories;
grant select on catalog.public_categories to weiji_app;
