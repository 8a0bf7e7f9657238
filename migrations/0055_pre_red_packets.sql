-- Red packets: money of a wallet that is given away in parts. A packet lies with its sender, a finder's copy with the
-- finder; what is in a packet is in the ledger.
create schema packets;
grant usage on schema packets to weiji_app;

-- The rules in force are the latest; a packet keeps the time that it was given.
create table packets.rules (
  version integer primary key constraint rules_versions_count_up check (version > 0),
  rules jsonb not null,
  author_id uuid,
  reason text not null constraint rules_reason_length check (length(reason) between 1 and 500),
  created_at timestamptz not null
);
grant select, insert on packets.rules to weiji_app;

create function packets.total(parts integer[]) returns bigint
language sql immutable parallel safe
return (select coalesce(sum(p.part), 0)::bigint from unnest(total.parts) as p (part));

create function packets.commitment_of(id uuid, nonce bytea, parts integer[]) returns bytea
language sql immutable parallel safe
return sha256(convert_to(id::text || ' ' || encode(nonce, 'hex') || ' ' || array_to_string(commitment_of.parts, ','), 'UTF8'));

create table packets.packets (
  shard smallint not null,
  id uuid not null,
  sender_id uuid not null,
  sender_name text not null,
  recipient_id uuid,
  division text not null constraint packets_division_is_known check (division in ('equal', 'lucky')),
  amount bigint not null,
  parts integer not null,
  greeting text not null constraint packets_greeting_length check (length(greeting) between 1 and 60),
  key text not null constraint packets_key_shape check (key ~ '^[A-Za-z0-9_-]{16}$'),
  rules_version integer not null,
  state text not null constraint packets_state_is_known check (state in ('open', 'empty', 'expired')),
  taken integer not null default 0,
  claimed bigint not null default 0,
  returned bigint not null default 0,
  returns smallint not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null constraint packets_wait_for_a_while check (expires_at > created_at),
  due_at timestamptz,
  ended_at timestamptz,
  primary key (id, shard),
  constraint packets_live_in_the_shard_of_their_sender
    check (shard = kit.shard_of(sender_id) and shard = kit.shard_of(id)),
  constraint packets_parts_are_at_least_one check (1 <= parts and parts <= amount),
  constraint packets_for_one_person_have_one_part check (recipient_id is null or parts = 1),
  constraint packets_not_overclaimed check (taken between 0 and parts),
  constraint packets_claimed_leaves_one_for_each_part
    check (claimed between taken and amount - (parts - taken) and (taken > 0 or claimed = 0)),
  constraint packets_are_empty_when_all_is_taken
    check ((state = 'empty') = (taken = parts) and (state = 'empty') = (claimed = amount)),
  constraint packets_return_what_is_left check (returned = case when state = 'expired' then amount - claimed else 0 end),
  constraint packets_that_ended_are_not_due check ((state = 'open') = (due_at is not null) and (state = 'open') = (ended_at is null))
) with (fillfactor = 50);
create index packets_of_a_sender on packets.packets (sender_id, created_at desc, id desc);
create index packets_due on packets.packets (due_at) where due_at is not null;
grant select, insert, update (state, taken, claimed, returned, returns, due_at, ended_at) on packets.packets to weiji_app;

-- How packets are divided: drawn when they are sent, and changed by nobody. Part k is for whoever comes as the k-th. A
-- table of its own, so that what is proved here is proved once, and not again with every claim.
create table packets.splits (
  shard smallint not null,
  packet_id uuid not null,
  amount bigint not null,
  parts integer[] not null constraint splits_parts_are_at_least_one check (1 <= all (parts)),
  nonce bytea not null constraint splits_nonce_length check (length(nonce) = 16),
  commitment bytea not null,
  primary key (packet_id, shard),
  constraint splits_live_in_the_shard_of_their_packet check (shard = kit.shard_of(packet_id)),
  constraint splits_parts_add_up check (packets.total(parts) = amount),
  constraint splits_keep_their_commitment check (commitment = packets.commitment_of(packet_id, nonce, parts))
);
grant select, insert on packets.splits to weiji_app;

create table packets.claims (
  shard smallint not null,
  packet_id uuid not null,
  place integer not null constraint claims_places_count_up check (place > 0),
  finder_id uuid not null,
  finder_name text not null,
  amount bigint not null constraint claims_amount_is_positive check (amount > 0),
  claimed_at timestamptz not null,
  primary key (packet_id, place, shard),
  constraint claims_one_for_each_person unique (packet_id, finder_id, shard),
  constraint claims_live_in_the_shard_of_their_packet check (shard = kit.shard_of(packet_id))
);
grant select, insert on packets.claims to weiji_app;

-- What each person has sent on one day. The row is what their sendings take turns at, so that limits hold.
create table packets.days (
  shard smallint not null,
  person_id uuid not null,
  "on" date not null,
  amount bigint not null default 0 constraint days_amount_is_not_negative check (amount >= 0),
  packets integer not null default 0 constraint days_packets_are_not_negative check (packets >= 0),
  primary key (person_id, "on", shard),
  constraint days_live_in_the_shard_of_their_person check (shard = kit.shard_of(person_id))
) with (fillfactor = 70);
grant select, insert, update (amount, packets) on packets.days to weiji_app;

-- What somebody got, or what waits for them alone; it lies with them.
create table packets.received (
  shard smallint not null,
  person_id uuid not null,
  packet_id uuid not null,
  sender_id uuid not null,
  sender_name text not null,
  greeting text not null,
  key text,
  amount bigint constraint received_amount_is_positive check (amount > 0),
  place integer,
  at timestamptz not null,
  expires_at timestamptz,
  primary key (person_id, packet_id, shard),
  constraint received_live_in_the_shard_of_their_person check (shard = kit.shard_of(person_id)),
  constraint received_amount_has_a_place check ((amount is null) = (place is null)),
  constraint received_or_offered check (amount is not null or (key is not null and expires_at is not null))
) with (fillfactor = 80);
create index received_by_a_person on packets.received (person_id, at desc, packet_id desc);
grant select, insert, update (amount, place, at) on packets.received to weiji_app;

insert into packets.rules (version, rules, author_id, reason, created_at)
values (1, '{}', null, 'The defaults of the program.', '1970-01-01T00:00:00Z');
