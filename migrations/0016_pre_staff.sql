-- Who works in a shop, who is invited to, and what became of it.
create table shops.members (
  shard smallint not null,
  shop_id uuid not null,
  person_id uuid not null,
  role text not null constraint members_role_is_known check (role in ('owner', 'manager', 'goods', 'orders', 'finance')),
  joined_at timestamptz not null,
  primary key (shop_id, person_id, shard),
  constraint members_live_with_their_shop check (shard = kit.shard_of(shop_id))
);
create unique index members_one_is_the_owner on shops.members (shop_id, shard) where role = 'owner';
grant select, insert, update, delete on shops.members to weiji_app;

insert into shops.members (shard, shop_id, person_id, role, joined_at)
select shard, id, owner_id, 'owner', created_at from shops.shops;

-- Whoever was "staff" could do all but what is the owner's: that is what a manager is now.
insert into shops.members (shard, shop_id, person_id, role, joined_at)
select s.shard, s.id, r.person_id, 'manager', r.granted_at
from identity.roles r
join shops.shops s on s.id::text = r.scope
where r.role = 'staff'
on conflict do nothing;
insert into identity.roles (shard, person_id, scope, role, granted_at)
select shard, person_id, scope, 'manager', granted_at from identity.roles where role = 'staff' and scope <> 'platform'
on conflict do nothing;
delete from identity.roles where role = 'staff' and scope <> 'platform';

create table shops.invitations (
  shard smallint not null,
  id uuid not null,
  shop_id uuid not null,
  person_id uuid not null,
  role text not null constraint invitations_role_is_known
    check (role in ('owner', 'manager', 'goods', 'orders', 'finance')),
  inviter_id uuid not null,
  state text not null constraint invitations_state_is_known
    check (state in ('pending', 'accepted', 'declined', 'withdrawn')),
  invited_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (id, shard),
  constraint invitations_live_with_their_shop check (shard = kit.shard_of(shop_id) and shard = kit.shard_of(id)),
  constraint invitations_are_for_others check (person_id <> inviter_id)
);
create index invitations_of_a_shop on shops.invitations (shop_id) where state = 'pending';
create index invitations_of_a_person on shops.invitations (person_id) where state = 'pending';
grant select, insert, update on shops.invitations to weiji_app;
