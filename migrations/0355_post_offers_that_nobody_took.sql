-- post: An offer that nobody took tells no address, as one that was declined.

-- What was taken became what the case is about; what came back has a number.
update aftersale.cases set return_address = null
where return_address is not null and return_number is null and state in ('withdrawn', 'expired')
  and offered_kind is not null and (kind, amount) is distinct from (offered_kind, offered_amount);
