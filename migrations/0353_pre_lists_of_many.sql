-- pre: Lists of cases read what they show, and not all that there ever was.

-- What is counted and paged is in it; cases_of_a_shop has the same order, and goes by 0373: to drop it here would keep
-- everybody from reading cases until the others are built.
create index cases_asked_of_a_shop on aftersale.cases (shop_id, asked_at desc, id desc) include (shard);

-- Few of all cases are not over: the desks of shops and of the operator list and count those.
create index cases_not_over_of_a_shop on aftersale.cases (shop_id, asked_at desc, id desc) where ended_at is null;
create index cases_not_over on aftersale.cases (asked_at desc, id desc) where ended_at is null;
