-- pre: What came of payouts before 0486 is among what its constraint lists: checked by itself, under no lock that stops them.

alter table settlement.schedules validate constraint schedules_outcome_is_known;
