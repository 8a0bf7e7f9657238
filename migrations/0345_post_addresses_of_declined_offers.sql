-- post: An address came with an offer to send goods back, and stayed when the offer was declined: nothing was sent there.

-- Where arbiters decided, goods came back in a parcel or not at all.
update aftersale.cases c set return_address = null
where c.return_address is not null and c.return_number is null
  and (
    c.state = 'refused'
    or exists (select from disputes.disputes d where d.shard = c.shard and d.case_id = c.id)
  );
