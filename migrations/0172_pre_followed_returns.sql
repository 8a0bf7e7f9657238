-- Parcels in which goods come back are followed as those are in which they went out. Those of before are not followed, and
-- their cases keep the clock that they have.
alter table carriers.parcels add column case_id uuid;

alter table aftersale.cases add column return_delivered_at timestamptz;
alter table aftersale.cases add constraint cases_delivered_returns_have_a_parcel
  check (return_delivered_at is null or return_number is not null);
create index cases_by_return_number on aftersale.cases (return_number) where return_number is not null;
