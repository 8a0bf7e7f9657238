-- post: Every dispute that there is fits.
alter table disputes.disputes validate constraint disputes_ruled_when_executed;
