-- On which devices a shop's people signed in is counted, too.
alter table supervision.tallies
  drop constraint tallies_measure_is_known,
  add constraint tallies_measure_is_known
    check (measure in ('paid', 'refunded', 'shipped', 'late', 'bought', 'priced', 'acted', 'signed_in'));
