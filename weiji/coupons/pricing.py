"""What coupons take off: which combination is best, and how it is split over lines. Pure, and the same everywhere.

One coupon of the shop and one of the platform for each order; the shop's comes first, and the platform's is measured by
what is left. Every unit still costs its buyer at least one fen, so that each can be refunded by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.coupons.model import Coupon, CouponState, Terms
from weiji.kit.money import allocate_within

HUNDRED: Final = 100


class Goods(Struct, frozen=True):
    """A line as coupons see it: what it is, what it costs, how many units."""

    product_id: UUID | None
    category_id: UUID | None
    amount: int
    quantity: int


class Reduction(Struct, frozen=True):
    """What a coupon takes off the goods of one order: in all, and of each line."""

    coupon: Coupon
    amount: int
    shares: tuple[int, ...]


def is_for(terms: Terms, product_id: UUID | None, category_id: UUID | None) -> bool:
    """Tell whether a coupon is for a product."""
    if terms.product_ids:
        return product_id in terms.product_ids
    if terms.category_ids:
        return category_id in terms.category_ids
    return True


def is_usable(coupon: Coupon, person_id: UUID, shop_id: UUID, now: datetime) -> bool:
    """Tell whether somebody may use a coupon in a shop now, whatever for."""
    return (
        coupon.person_id == person_id
        and coupon.state is CouponState.UNUSED
        and coupon.shop_id in (None, shop_id)
        and not coupon.terms.is_for_cashiers
        and coupon.starts_at <= now < coupon.expires_at
    )


def is_good_at_cashier(
    coupon: Coupon, person_id: UUID, shop_id: UUID, tag: str | None, order_id: UUID, now: datetime
) -> bool:
    """Tell whether somebody may use a coupon for an order of a program, which says a *tag* of its goods or none.

    What that order has already may be used for it until it is over otherwise: it was good when it was chosen.
    """
    how = coupon.terms.cashier
    if how is None or coupon.person_id != person_id or (how.goods_tags and tag not in how.goods_tags):
        return False
    is_free = coupon.state is CouponState.UNUSED and coupon.starts_at <= now < coupon.expires_at
    has_it = coupon.state is CouponState.RESERVED and coupon.order_id == order_id
    return (is_free or has_it) and shop_id in (how.shop_ids or {coupon.shop_id})


def reduce(coupon: Coupon, goods: Sequence[Goods], taken: Sequence[int]) -> Reduction | None:
    """Say what a coupon takes off, where *taken* is off already; None if it takes nothing."""
    terms = coupon.terms
    prices = [
        line.amount - off if is_for(terms, line.product_id, line.category_id) else 0
        for line, off in zip(goods, taken, strict=True)
    ]
    base = sum(prices)
    if not base or base < terms.threshold:
        return None
    room = [price - line.quantity if price else 0 for price, line in zip(prices, goods, strict=True)]
    wanted = min(terms.amount, base * terms.percent // HUNDRED) if terms.percent else terms.amount
    amount = min(wanted, sum(room))
    if amount <= 0:
        return None
    return Reduction(coupon, amount, tuple(allocate_within(amount, prices, room)))


def apply(coupons: Sequence[Coupon], goods: Sequence[Goods]) -> tuple[Reduction, ...] | None:
    """Say what coupons take off together; None where they do not go together, or one of them takes nothing."""
    ordered = sorted(coupons, key=lambda coupon: coupon.is_platform)
    if len({coupon.is_platform for coupon in ordered}) < len(ordered):
        return None
    taken = [0] * len(goods)
    reductions: list[Reduction] = []
    for coupon in ordered:
        reduction = reduce(coupon, goods, taken)
        if reduction is None:
            return None
        reductions.append(reduction)
        taken = [off + share for off, share in zip(taken, reduction.shares, strict=True)]
    return tuple(reductions)


def choose(
    of_shop: Sequence[Coupon | None], of_platform: Sequence[Coupon | None], goods: Sequence[Goods]
) -> tuple[Reduction, ...]:
    """Choose the best of what may be combined; None among the coupons: it may be left out.

    The best takes off most. Of equals it is the one with fewer coupons, then with those that end sooner, then with the
    lower ids: so whoever asks with the same coupons is told the same.
    """
    best: tuple[Reduction, ...] = ()
    best_rank: tuple[object, ...] | None = None
    # Coupons with the same terms take off the same: of those, only the one that ends first can be best.
    for shop in _distinct(of_shop):
        for platform in _distinct(of_platform):
            chosen = [coupon for coupon in (shop, platform) if coupon is not None]
            found = apply(chosen, goods)
            if found is None:
                continue
            rank = (
                -sum(reduction.amount for reduction in found),
                len(found),
                sorted((reduction.coupon.expires_at, reduction.coupon.id) for reduction in found),
            )
            if best_rank is None or rank < best_rank:
                best, best_rank = found, rank
    return best


def assign(offers: Sequence[Mapping[UUID, int]]) -> list[UUID | None]:
    """Choose for each of several orders one of the coupons that are *offers* to it, each with what it takes off there.

    No coupon goes to two orders, and together they take off most. Another coupon is given out as long as that takes off
    more, where those who have one may change to another: the best chain of changes each time.
    """
    chosen: list[UUID | None] = [None] * len(offers)
    while True:
        holders = {coupon: place for place, coupon in enumerate(chosen) if coupon is not None}
        # What an order may gain that gives its coupon away, or has none, with the changes that lead there.
        wanting: dict[int, tuple[int, tuple[tuple[int, UUID], ...]]] = {
            place: (0, ()) for place, coupon in enumerate(chosen) if coupon is None
        }
        best: tuple[int, tuple[tuple[int, UUID], ...]] = (0, ())
        looking = list(wanting)
        while looking:
            place = looking.pop(0)
            gain, changes = wanting[place]
            for coupon, off in offers[place].items():
                more, longer = gain + off, (*changes, (place, coupon))
                holder = holders.get(coupon)
                if holder is None:
                    best = max(best, (more, longer), key=lambda each: each[0])
                elif all(holder != other for other, _ in longer):
                    more -= offers[holder][coupon]
                    if holder not in wanting or more > wanting[holder][0]:
                        wanting[holder] = (more, longer)
                        looking.append(holder)
        if not best[0]:
            return chosen
        for place, coupon in best[1]:
            chosen[place] = coupon


def _distinct(coupons: Sequence[Coupon | None]) -> list[Coupon | None]:
    first: dict[UUID | None, Coupon | None] = {}
    for coupon in coupons:
        key = coupon.campaign_id if coupon else None
        before = first.get(key)
        if before is None or (coupon is not None and (coupon.expires_at, coupon.id) < (before.expires_at, before.id)):
            first[key] = coupon
    return list(first.values())
