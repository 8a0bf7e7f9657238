-- name: get_subsidies
select id, payer_id, mchid, order_id, number, amount, description, created_at
from wire.subsidies
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: add_subsidies
insert into wire.subsidies (shard, id, payer_id, mchid, order_id, number, amount, description, created_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::bigint[],
  $8::text[], $9::timestamptz[]);

-- name: get_subsidy_returns
select id, subsidy_id, order_id, payer_id, number, refund_id, amount, description, created_at
from wire.subsidy_returns
where shard = any ($1::smallint[]) and id = any ($2::uuid[]);

-- name: list_answered_refunds
select refund_id
from wire.subsidy_returns
where shard = any ($1::smallint[]) and refund_id = any ($2::uuid[]);

-- name: add_subsidy_returns
insert into wire.subsidy_returns (shard, id, subsidy_id, order_id, payer_id, number, refund_id, amount, description,
  created_at)
select * from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[],
  $8::bigint[], $9::text[], $10::timestamptz[]);
