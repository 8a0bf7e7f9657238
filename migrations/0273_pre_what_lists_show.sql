-- What lists of disputes show, beside their files: a file has whole descriptions.
alter table disputes.disputes
  add column asked_shop text generated always as (file #>> '{case,shop_name}') stored,
  add column asked_buyer text generated always as (file #>> '{case,buyer_name}') stored,
  -- Files of before 0260 do not say that what their goods said may be younger than the order; and a file is never changed.
  add column text_as_of timestamptz;
update disputes.disputes d
set text_as_of = k.since
from catalog.text_keeping k, public.weiji_migrations m
where m.number = 260 and d.opened_at < m.migrated_at
  and d.file ? 'goods' and not d.file -> 'goods' ? 'as_of' and (d.file #>> '{order,placed_at}')::timestamptz < k.since
  and not exists (select from catalog.products p
    where p.shard = d.shard and p.id = (d.file #>> '{case,item,product_id}')::uuid
      and p.updated_at <= (d.file #>> '{order,placed_at}')::timestamptz);

-- Cases that stand because a channel disputes their payment, for who decides about them.
create view aftersale.public_suspended as
select shard, id as case_id, suspended_at from aftersale.cases where suspended_at is not null;
grant select on aftersale.public_suspended to weiji_app;
