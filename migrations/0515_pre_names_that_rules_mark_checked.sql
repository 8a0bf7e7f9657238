-- pre: Without a lock that sign-ins would wait for.
alter table identity.people validate constraint people_taken_reason_length;
