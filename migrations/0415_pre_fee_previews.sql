-- pre: Which rules of fees were previewed, exactly as they are, as the next version: no others are published by anybody.
create table orders.fee_previews (
  version integer not null,
  fingerprint text not null,
  previewed_at timestamptz not null,
  primary key (version, fingerprint)
);
grant select, insert, delete on orders.fee_previews to weiji_app;
grant update (previewed_at) on orders.fee_previews to weiji_app;
alter table orders.fee_rules add column fingerprint text;
