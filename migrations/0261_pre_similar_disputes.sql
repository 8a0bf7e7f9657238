-- What disputes are compared by, beside their files: a file has whole descriptions, and a thousand are compared at a time.
alter table disputes.disputes
  add column asked_title text generated always as (file #>> '{case,item,title}') stored,
  add column asked_product text generated always as (file #>> '{case,item,product_id}') stored,
  add column asked_delivery text generated always as (file #>> '{case,item,kind}') stored,
  add column asked_kind text generated always as (file #>> '{case,kind}') stored;
