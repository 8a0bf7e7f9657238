-- post: Two indexes of cases go that others have made superfluous.
drop index aftersale.cases_of_a_shop;  -- cases_asked_of_a_shop has the same order.
drop index aftersale.cases_open_of_a_shop;  -- cases_not_over_of_a_shop has disputed cases, too.
