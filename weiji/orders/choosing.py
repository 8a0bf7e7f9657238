"""Which coupons an order takes: the best of the buyer's, or what they chose. The checkout shows what is placed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from weiji.coupons import Coupon, Goods, Reduction, choose, is_usable

Pick = UUID | Literal["best", "none"]
"""A coupon, the best there is, or none."""


class Choice(Struct, frozen=True):
    """What a buyer chose for an order: of the shop's coupons, and of the platform's."""

    shop: Pick = "best"
    platform: Pick = "best"


BEST: Final = Choice()


def usable(
    coupons: Sequence[Coupon], buyer_id: UUID, shop_id: UUID, now: datetime, taken: Collection[UUID] = ()
) -> list[Coupon]:
    """Give the coupons that a buyer may use in a shop, whatever for, and that no other order of theirs takes now."""
    return [each for each in coupons if each.id not in taken and is_usable(each, buyer_id, shop_id, now)]


def pick(coupons: Sequence[Coupon], goods: Sequence[Goods], choice: Choice = BEST) -> tuple[Reduction, ...]:
    """Say what coupons that may be used take off goods, by a choice. What was chosen and takes nothing is left out."""
    of_shop = _picked([coupon for coupon in coupons if not coupon.is_platform], choice.shop)
    of_platform = _picked([coupon for coupon in coupons if coupon.is_platform], choice.platform)
    found = choose(of_shop, of_platform, goods)
    # With the best of both nothing had to be taken.
    return found if found or choice == BEST else choose([*of_shop, None], [*of_platform, None], goods)


def _picked(coupons: Sequence[Coupon], wanted: Pick) -> list[Coupon | None]:
    if wanted == "best":
        return [*coupons, None]
    return [coupon for coupon in coupons if coupon.id == wanted] or [None]
