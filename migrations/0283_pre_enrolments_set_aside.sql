-- An application that a channel does not take, for what is not the shop's to mend, is asked for no longer in the end.

alter table payments.enrolments
  drop constraint enrolments_asked_while_open,
  add constraint enrolments_asked_while_open check (
    case
      when status in ('in_review', 'to_act') then query_at is not null
      when status = 'handed_in' then query_at is not null or fault <> ''
      else query_at is null
    end);
