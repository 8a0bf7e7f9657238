-- What the operator's staff did, all of it, in the order of time: for those who may see that. Only their acts are in the index.
create index events_of_staff on events.events (at desc, id desc) where actor_kind = 'staff';

-- Who sees what staff did is a part of its own.
alter table identity.roles drop constraint roles_role_is_known;
alter table identity.roles add constraint roles_role_is_known check (role in
  ('operator', 'arbiter', 'reviewer', 'auditor', 'owner', 'manager', 'goods', 'orders', 'finance', 'staff'));
