-- Red packets that shops send, and packets that somebody is told of who hands their link on.
alter table packets.packets
  add column payer text not null default 'wallet' constraint packets_payer_is_known check (payer in ('wallet', 'shop')),
  add column offered_to_id uuid,
  add constraint packets_for_one_person_are_offered_to_them
    check (offered_to_id is null or recipient_id is null or offered_to_id = recipient_id);
