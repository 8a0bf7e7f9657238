"""What merchant orders do to the coupons they have. Orders without a coupon never come here.

An order has a coupon as soon as its payer chose it, and uses it when it is paid. What was prepaid lies near
its campaign, and follows by an event.
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from weiji import coupons
from weiji.coupons import Taking
from weiji.events import Actor, Occurrence
from weiji.events.coupons import BudgetTouched, CouponReturned, CouponUsed
from weiji.kit.db import Transaction
from weiji.wire.trade.model import MerchantOrder, OrderCoupon

Had = tuple[MerchantOrder, OrderCoupon]
"""An order, and the coupon that it has, or had."""


async def reserve(tx: Transaction, chosen: Sequence[Had]) -> None:
    """Give orders the coupons that their payers chose, which are locked."""
    await coupons.reserve_coupons(tx, _takings(chosen))


async def free(tx: Transaction, dropped: Sequence[Had]) -> None:
    """Let coupons be used again."""
    if dropped:
        await _lock(tx, dropped)
        await _free(tx, dropped)


async def use(tx: Transaction, paid: Sequence[tuple[Actor, MerchantOrder]], dropped: Sequence[Had]) -> list[Occurrence]:
    """Use up the coupons of orders that are paid; tell of it, and of what was prepaid. Orders in *dropped* were paid
    without theirs.
    """
    had = [(order, order.coupon) for _, order in paid if order.coupon]
    # All at once: two rounds of locks, each in its own order, could meet others' halfway.
    await _lock(tx, [*had, *dropped])
    if dropped:
        await _free(tx, dropped)
    if not had:
        return []
    await coupons.use_coupons(tx, _takings(had))
    told = []
    for actor, order in paid:
        if order.coupon is None:
            continue
        its = order.coupon
        used = CouponUsed(campaign_id=its.campaign_id, coupon_id=its.id, person_id=its.person_id, amount=its.amount)
        told.append(Occurrence(used, order.shop_id, order.id, actor))
        if order.prepaid and order.payment_id:
            told.append(_touched(order, its, "pay", order.prepaid, order.payment_id, actor))
    return told


async def give_back(tx: Transaction, refunded: Sequence[tuple[Actor, MerchantOrder]]) -> list[Occurrence]:
    """Give back the coupons of orders that are wholly refunded: they can be used again while they are valid."""
    had = [(actor, order, order.coupon) for actor, order in refunded if order.coupon]
    await free(tx, [(order, coupon) for _, order, coupon in had])
    return [
        Occurrence(
            CouponReturned(campaign_id=coupon.campaign_id, coupon_id=coupon.id, person_id=coupon.person_id),
            order.shop_id,
            order.id,
            actor,
        )
        for actor, order, coupon in had
    ]


def returned(order: MerchantOrder, refund_id: UUID, amount: int, actor: Actor) -> Occurrence:
    """Tell that a part of what was prepaid is on its way back."""
    assert order.coupon, "somebody prepaid it"
    return _touched(order, order.coupon, "return", amount, refund_id, actor)


async def _lock(tx: Transaction, had: Sequence[Had]) -> None:
    """In their order, so that two batches never wait for each other."""
    if had:
        await coupons.lock_coupons(tx, {coupon.id for _, coupon in had})


async def _free(tx: Transaction, dropped: Sequence[Had]) -> None:
    await coupons.free_coupons(tx, [(coupon.id, order.id) for order, coupon in dropped])


def _takings(had: Sequence[Had]) -> list[Taking]:
    return [
        Taking(coupon_id=coupon.id, order_id=order.id, amount=coupon.amount, sales=order.worth) for order, coupon in had
    ]


def _touched(
    order: MerchantOrder, coupon: OrderCoupon, step: Literal["pay", "return"], amount: int, key: UUID, actor: Actor
) -> Occurrence:
    event = BudgetTouched(campaign_id=coupon.campaign_id, step=step, amount=amount, key=key, is_prepaid=True)
    return Occurrence(event, order.shop_id, order.id, actor)
