-- name: lock_days
-- In id order; the update changes nothing, it takes the lock and reads what the last holder left.
insert into packets.days (shard, person_id, "on")
select shard, person_id, $3 from unnest($1::smallint[], $2::uuid[]) as d (shard, person_id)
order by person_id
on conflict (person_id, "on", shard) do update set amount = packets.days.amount
returning person_id, "on", amount, packets;

-- name: update_days
update packets.days d set amount = n.amount, packets = n.packets
from unnest($1::smallint[], $2::uuid[], $4::bigint[], $5::integer[]) as n (shard, person_id, amount, packets)
where d.shard = any ($1::smallint[]) and d.shard = n.shard and d.person_id = n.person_id and d."on" = $3;

-- name: add_packets
insert into packets.packets (shard, id, sender_id, sender_name, recipient_id, offered_to_id, payer, division, amount, parts,
  greeting, key, rules_version, state, created_at, expires_at, due_at)
select p.shard, p.id, p.sender_id, p.sender_name, p.recipient_id, p.offered_to_id, p.payer, p.division, p.amount, p.parts,
  p.greeting, p.key, $13, 'open', $14, $15, $15
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
  $9::bigint[], $10::integer[], $11::text[], $12::text[])
  as p (shard, id, sender_id, sender_name, recipient_id, offered_to_id, payer, division, amount, parts, greeting, key);

-- name: add_splits
insert into packets.splits (shard, packet_id, amount, parts, nonce, commitment)
select s.shard, s.packet_id, s.amount, string_to_array(s.parts, ',')::integer[], s.nonce, s.commitment
from unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::text[], $5::bytea[], $6::bytea[])
  as s (shard, packet_id, amount, parts, nonce, commitment);

-- name: get_packets
select p.id, p.sender_id, p.sender_name, p.recipient_id, p.offered_to_id, p.payer, p.division, p.amount, p.parts, p.greeting, p.key, s.commitment,
  p.state, p.taken, p.claimed, p.returned, p.created_at, p.expires_at, p.ended_at
from packets.packets p
join packets.splits s on s.shard = p.shard and s.packet_id = p.id
where p.shard = any ($1::smallint[]) and p.id = any ($2::uuid[]);

-- name: lock_packets
-- A statement of its own: what is read after it sees what the last holder of the lock committed.
-- In id order, so that two batches never wait for each other. Of the parts, those that as many claims may come to need.
select p.id, p.sender_id, p.sender_name, p.recipient_id, p.offered_to_id, p.payer, p.division, p.amount, p.parts, p.greeting, p.key, s.commitment,
  p.state, p.taken, p.claimed, p.returned, p.created_at, p.expires_at, p.ended_at, p.returns,
  s.parts[p.taken + 1 : p.taken + asked.claims] as next_parts
from unnest($1::smallint[], $2::uuid[], $3::integer[]) as asked (shard, id, claims)
join packets.packets p on p.shard = asked.shard and p.id = asked.id
join packets.splits s on s.shard = p.shard and s.packet_id = p.id
where p.shard = any ($1::smallint[]) and s.shard = any ($1::smallint[])
order by p.id
for no key update of p;

-- name: find_claims
select c.packet_id, c.place, c.finder_id, c.finder_name, c.amount, c.claimed_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[]) as asked (shard, packet_id, finder_id)
join packets.claims c on c.shard = asked.shard and c.packet_id = asked.packet_id and c.finder_id = asked.finder_id
where c.shard = any ($1::smallint[]);

-- name: add_claims
insert into packets.claims (shard, packet_id, place, finder_id, finder_name, amount, claimed_at)
select shard, packet_id, place, finder_id, finder_name, amount, $7
from unnest($1::smallint[], $2::uuid[], $3::integer[], $4::uuid[], $5::text[], $6::bigint[])
  as c (shard, packet_id, place, finder_id, finder_name, amount);

-- name: update_packets
update packets.packets p
set state = n.state, taken = n.taken, claimed = n.claimed, returned = n.returned, returns = n.returns, due_at = n.due_at,
  ended_at = n.ended_at
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::integer[], $5::bigint[], $6::bigint[], $7::smallint[],
  $8::timestamptz[], $9::timestamptz[])
  as n (shard, id, state, taken, claimed, returned, returns, due_at, ended_at)
where p.shard = any ($1::smallint[]) and p.shard = n.shard and p.id = n.id;

-- name: get_due_packets
select id from packets.packets where shard = any ($1::smallint[]) and due_at <= $2 order by due_at limit $3;

-- name: add_received
-- What waited for somebody becomes what they got; whoever got it gets it no second time.
insert into packets.received as r (shard, person_id, packet_id, sender_id, sender_name, greeting, amount, place, at)
select shard, person_id, packet_id, sender_id, sender_name, greeting, amount, place, $9
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::integer[])
  as n (shard, person_id, packet_id, sender_id, sender_name, greeting, amount, place)
order by person_id, packet_id
on conflict (person_id, packet_id, shard) do update
set amount = excluded.amount, place = excluded.place, at = excluded.at
where r.amount is null
returning person_id, packet_id;

-- name: add_offers
insert into packets.received (shard, person_id, packet_id, sender_id, sender_name, greeting, key, at, expires_at)
select shard, person_id, packet_id, sender_id, sender_name, greeting, key, $9, expires_at
from unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
  as n (shard, person_id, packet_id, sender_id, sender_name, greeting, key, expires_at)
order by person_id, packet_id
on conflict (person_id, packet_id, shard) do nothing
returning person_id, packet_id;

-- name: list_sent
select p.id, p.sender_id, p.sender_name, p.recipient_id, p.offered_to_id, p.payer, p.division, p.amount, p.parts, p.greeting, p.key, s.commitment,
  p.state, p.taken, p.claimed, p.returned, p.created_at, p.expires_at, p.ended_at
from packets.packets p
join packets.splits s on s.shard = p.shard and s.packet_id = p.id
where p.shard = $1 and p.sender_id = $2 and ($3::timestamptz is null or (p.created_at, p.id) < ($3, $4))
order by p.created_at desc, p.id desc
limit $5;

-- name: list_received
select packet_id, sender_id, sender_name, greeting, amount, key, at, expires_at
from packets.received
where shard = $1 and person_id = $2 and ($3::timestamptz is null or (at, packet_id) < ($3, $4))
order by at desc, packet_id desc
limit $5;

-- name: show_packet
-- A packet with the reader's part, the luckiest, a page of those who have one, and how it was divided: all that a page
-- shows. What is still to be drawn is told to nobody.
select p.id, p.sender_id, p.sender_name, p.recipient_id, p.offered_to_id, p.payer, p.division, p.amount, p.parts, p.greeting, p.key, s.commitment,
  p.state, p.taken, p.claimed, p.returned, p.created_at, p.expires_at, p.ended_at,
  case when p.state <> 'open' then jsonb_build_object('nonce', encode(s.nonce, 'hex'), 'parts', to_jsonb(s.parts)) end as split,
  (select to_jsonb(c) from packets.claims c where c.shard = p.shard and c.packet_id = p.id and c.finder_id = $3) as own,
  case when p.state <> 'open' and p.division = 'lucky' then (
    select to_jsonb(c) from packets.claims c
    where c.shard = p.shard and c.packet_id = p.id
    order by c.amount desc, c.place
    limit 1) end as luckiest,
  (select coalesce(jsonb_agg(to_jsonb(c) order by c.place desc), '[]') from (
    select c.place, c.finder_id, c.finder_name, c.amount, c.claimed_at from packets.claims c
    where c.shard = p.shard and c.packet_id = p.id and c.place < $4
    order by c.place desc
    limit $5) as c) as claims
from packets.packets p
join packets.splits s on s.shard = p.shard and s.packet_id = p.id
where p.shard = $1 and p.id = $2;
