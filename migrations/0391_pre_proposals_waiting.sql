-- pre: The few proposals that wait are found by themselves.
create index proposals_waiting on approvals.proposals (id) where state = 'proposed';
