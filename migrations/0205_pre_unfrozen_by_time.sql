-- What channels have let go is listed, the last first.
create index unfreezings_done on payments.unfreezings (ended_at desc, id desc) where status = 'unfrozen';
