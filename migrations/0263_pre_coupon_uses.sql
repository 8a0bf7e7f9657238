-- Each use of a coupon, for ever: what came back was used all the same. Bills are written from it, and stay as they were.
create table coupons.uses (
  shard smallint not null,
  coupon_id uuid not null,
  use_id uuid not null,
  campaign_id uuid not null,
  person_id uuid not null,
  at_till boolean not null,
  amount bigint not null,
  sales bigint not null,
  used_at timestamptz not null,
  returned_at timestamptz,
  return_id uuid,
  primary key (coupon_id, use_id, shard),
  constraint uses_amount_is_positive check (amount > 0),
  constraint uses_live_with_their_campaign check (shard = kit.shard_of(coupon_id) and shard = kit.shard_of(campaign_id)),
  constraint uses_returned_by_a_return check (return_id is null or returned_at is not null),
  constraint uses_returned_once unique (coupon_id, return_id, shard),
  constraint uses_sales_are_not_negative check (sales >= 0));

create index uses_of_a_campaign on coupons.uses (campaign_id, used_at, coupon_id);

create index uses_returned on coupons.uses (campaign_id, returned_at, coupon_id) where returned_at is not null;

grant select, insert on coupons.uses to weiji_app;
grant update (returned_at, return_id) on coupons.uses to weiji_app;
