-- Where things go, by the codes of regions (GB/T 2260). An address from before, or from abroad, has none.
alter table identity.addresses
  add column region_code text not null default ''
    constraint addresses_region_code_form check (region_code = '' or region_code ~ '^[1-9][0-9]{5}$'),
  add column tag text not null default ''
    constraint addresses_tag_is_known check (tag in ('', 'home', 'work', 'other_person'));
grant update (region_code, tag) on identity.addresses to weiji_app;
