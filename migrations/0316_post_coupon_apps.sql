-- post: Nobody names people any more by the app that asked for coupons last.

alter table wire.merchants drop column coupon_appid;
