-- Goods in the order of what buyers think of them: a mean of stars, damped where there are few, and within it by popularity.
create table search.scores (
  shard smallint not null,
  product_id uuid not null,
  score smallint not null constraint scores_range check (score between 100 and 500),
  primary key (product_id, shard),
  constraint scores_live_with_their_product check (shard = kit.shard_of(product_id))
) with (fillfactor = 80);
grant select, insert, update on search.scores to weiji_app;
insert into search.scores (shard, product_id, score)
select shard, product_id,
  (400 * 5 + 100 * (stars[1] + 2 * stars[2] + 3 * stars[3] + 4 * stars[4] + 5 * stars[5]))
  / (5 + stars[1] + stars[2] + stars[3] + stars[4] + stars[5])
from reviews.product_counts;

-- Rows are made anew by the job, which finds them by their version.
alter table search.products add column stars bigint not null default 0;
create index products_by_stars on search.products (stars desc, id desc);
