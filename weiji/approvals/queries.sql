-- name: add_proposals
insert into approvals.proposals (shard, id, deed, hash, reason, maker_id, state, proposed_at, expires_at, note)
select p.shard, p.id, p.deed, p.hash, p.reason, p.maker_id, 'proposed', p.proposed_at, p.expires_at, ''
from unnest($1::smallint[], $2::uuid[], $3::jsonb[], $4::bytea[], $5::text[], $6::uuid[], $7::timestamptz[], $8::timestamptz[])
  as p (shard, id, deed, hash, reason, maker_id, proposed_at, expires_at);

-- name: lock_proposals
-- In id order, so that two batches never wait for each other.
select id, deed, hash, reason, maker_id, state, proposed_at, expires_at, checker_id, decided_at, note
from approvals.proposals
where shard = any ($1::smallint[]) and id = any ($2::uuid[])
order by id
for no key update;

-- name: decide_proposals
update approvals.proposals p
set state = d.state, checker_id = d.checker_id, decided_at = d.decided_at, note = d.note
from unnest($1::smallint[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[])
  as d (shard, id, state, checker_id, decided_at, note)
where p.shard = any ($1::smallint[]) and p.shard = d.shard and p.id = d.id;

-- name: get_cases
select case_id, shop_id, order_id
from disputes.public_cases
where shard = any ($1::smallint[]) and case_id = any ($2::uuid[]);

-- name: get_proposal
-- A proposal, with the names of who proposed and decided it, of whose money it is, and of the person that it is about, and with the
-- last published rules of the rulebook, where it is about such: they may come into force yet, or never, if what is proposed goes
-- before them. A display name may be anybody's, so a person's id stands beside it.
select p.id, p.deed, p.hash, p.reason, p.maker_id, p.state, p.proposed_at, p.expires_at, p.checker_id, p.decided_at, p.note,
  (select jsonb_object_agg(o.id, o.name) from (
     select s.id, s.name from shops.public_shops s where s.shard = p.shard and s.id = any (concerned.ids)
     union all
     select w.id, w.display_name || ' ' || w.id from identity.public_people w
     where w.shard = p.shard and w.id = any (concerned.ids)) as o) as owners,
  (select m.display_name from identity.public_people m where m.shard = kit.shard_of(p.maker_id) and m.id = p.maker_id) as maker,
  (select c.display_name from identity.public_people c where c.shard = kit.shard_of(p.checker_id) and c.id = p.checker_id)
    as checker,
  (select jsonb_build_object('name', w.display_name, 'handle', w.handle, 'roles', w.roles) from identity.callers w
   where w.shard = p.shard and w.person_id = (p.deed ->> 'person_id')::uuid) as person,
  (select v.rules from rulebook.public_versions v where v.name = p.deed ->> 'of' order by v.version desc limit 1) as latest
from approvals.proposals p
cross join lateral (select array[(p.deed ->> 'shop_id')::uuid, (p.deed #>> '{debit,owner_id}')::uuid,
  (p.deed #>> '{credit,owner_id}')::uuid, (p.deed ->> 'owner_id')::uuid] as ids) as concerned
where p.shard = $1 and p.id = $2;

-- name: list_proposals
-- Those that wait, of which there are few, or those that are over, as they are once nobody agreed in time; the newest first.
select id, deed, hash, reason, maker_id, state, proposed_at, expires_at, checker_id, decided_at, note
from (
  (select * from approvals.proposals
   where $1 and shard between 0 and 63 and state = 'proposed' and expires_at > $4 and ($2::uuid is null or id < $2)
   order by id desc
   limit $3)
  union all
  (select * from approvals.proposals
   where not $1 and shard between 0 and 63 and state = 'proposed' and expires_at <= $4 and ($2::uuid is null or id < $2)
   order by id desc
   limit $3)
  union all
  (select * from approvals.proposals
   where not $1 and shard between 0 and 63 and state <> 'proposed' and ($2::uuid is null or id < $2)
   order by id desc
   limit $3)) p
order by id desc
limit $3;

-- name: list_waiting_grants
-- Roles of staff that another is to agree to, the oldest first.
select p.id, (p.deed ->> 'person_id')::uuid as person_id, p.deed ->> 'role' as role, p.reason, p.maker_id, p.proposed_at,
  (select w.display_name from identity.public_people w where w.shard = p.shard and w.id = (p.deed ->> 'person_id')::uuid)
    as name,
  (select m.display_name from identity.public_people m where m.shard = kit.shard_of(p.maker_id) and m.id = p.maker_id) as maker
from approvals.proposals p
where p.shard between 0 and 63 and p.state = 'proposed' and p.deed ->> 'deed' = 'role_grant' and p.expires_at > $1
order by p.id
limit $2;

-- name: count_proposed
select count(*) from approvals.proposals where shard between 0 and 63 and state = 'proposed';
