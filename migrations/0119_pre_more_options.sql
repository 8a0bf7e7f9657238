-- Products have up to six options, as many as Google's feed tells items apart by.

alter table catalog.products
  drop constraint products_options_limit,
  add constraint products_options_limit check (jsonb_array_length(options) <= 6) not valid;
alter table catalog.products validate constraint products_options_limit;
alter table catalog.skus
  drop constraint skus_choices_limit,
  add constraint skus_choices_limit check (cardinality(choices) <= 6) not valid;
alter table catalog.skus validate constraint skus_choices_limit;
