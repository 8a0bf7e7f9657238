-- name: add_number
insert into wire.withdrawals (shard, id, number) values ($1, $2, $3) on conflict do nothing;

-- name: get_number
select number from wire.withdrawals where shard = $1 and id = $2;
