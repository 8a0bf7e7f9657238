-- Goods in the order of what their shops are known for: the grade, and within it by popularity.
alter table search.products add column credit bigint not null default 0;
create index products_by_credit on search.products (credit desc, id desc);
