-- pre: What a shop's money is still being unfrozen of is found by the shop, however many unfreezings there were.

create index unfreezings_of_shops on payments.unfreezings (shop_id) where status <> 'unfrozen' and status <> 'waiting';
