-- Which shops are open is an expression (shops.public_shops). Without its statistics a planner takes one in 200 for open,
-- and reads all goods of all shops for the home page's first 20.
create statistics shops.shops_that_are_open on (
  case
    when status = 'open' and closing_at is null and not is_sales_suspended and (not is_away or holiday_takes_orders)
    then 'open' else 'closed'
  end)
from shops.shops;
analyze shops.shops;
