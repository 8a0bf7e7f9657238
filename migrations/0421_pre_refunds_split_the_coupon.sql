-- pre: What a refund of a program's order gives back of its coupon is that share of it. A process that knows nothing of coupons gives all
-- of it in cash: beside a new one it is refused that, and pays nothing wrongly.

alter table wire.merchant_orders
  add constraint merchant_orders_refunds_split_the_coupon check (
    coupon is null or (discount_refunded = div(discount::numeric * refunded, total::numeric)
      and prepaid_refunded = div(prepaid::numeric * refunded, total::numeric))) not valid;
