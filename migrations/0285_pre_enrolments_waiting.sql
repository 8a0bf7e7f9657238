-- pre: What waits for people is found among all applications, however long ago it changed.

create index enrolments_set_aside on payments.enrolments (changed_at) where status = 'handed_in' and query_at is null;
