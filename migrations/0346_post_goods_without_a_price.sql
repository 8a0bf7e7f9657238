-- post: Nothing is on sale, or waits to be, that costs nothing: the clock withdraws what was before that was refused.

-- Not here: whoever hears of it, search first, hears of it as of any withdrawal.
update catalog.products set list_at = null, withdraw_at = now()
where status in ('listed', 'in_review') and price_min = 0;
