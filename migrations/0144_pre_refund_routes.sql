-- Where a refund may go instead, that its channel refused: a bank account that its shop names. The number is sealed.

alter table payments.refunds
  add column route_bank text constraint refunds_route_bank_length check (length(route_bank) between 1 and 100),
  add column route_holder text constraint refunds_route_holder_length check (length(route_holder) between 1 and 100),
  add column route_number_sealed bytea,
  add constraint refunds_routes_are_whole
    check (num_nulls(route_bank, route_holder, route_number_sealed) in (0, 3));
grant update (route_bank, route_holder, route_number_sealed) on payments.refunds to weiji_app;
