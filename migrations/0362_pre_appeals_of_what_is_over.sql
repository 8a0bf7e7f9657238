-- pre: An appeal waits for its judge though the time of its penalty is over: the points may still be given back.

drop index supervision.penalties_to_judge;
create index penalties_to_judge on supervision.penalties (appealed_at, id)
  where appealed_at is not null and judged_at is null and state <> 'lifted';
