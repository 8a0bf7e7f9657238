-- What one of the operator's staff did, without reading what all the others did.
create index events_of_a_member_of_staff on events.events (actor_id, at desc, id desc) where actor_kind = 'staff';
