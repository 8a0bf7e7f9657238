"""What orders do to the coupons they have, and to the budgets behind them. Orders without a coupon never come here.

An order takes its coupons when it is placed, uses them when it is paid, and lets go of them when it is closed. Wholly
refunded before receipt, it gives them back: they can be used again for as long as they are valid. The budget of a
coupon of the platform lies near the treasury, and follows by events (`BudgetTouched`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from weiji import coupons
from weiji.coupons import Coupon, Taking
from weiji.events import Actor, Occurrence
from weiji.events.coupons import BudgetTouched, CouponReturned, CouponUsed
from weiji.kit.db import Transaction
from weiji.orders.model import Order
from weiji.orders.prices import OrderCoupon
from weiji.orders.store import NewOrder

Step = Literal["hold", "pay", "free"]


async def reserve(tx: Transaction, placed: Sequence[NewOrder]) -> list[Occurrence]:
    """Give orders that are placed their coupons, which are locked; tell what is held of budgets."""
    await coupons.reserve_coupons(
        tx,
        [
            Taking(
                coupon_id=coupon.id,
                order_id=new.command.id,
                amount=coupon.amount,
                sales=new.price.total + new.price.subsidy,
            )
            for new in placed
            for coupon in new.price.coupons
        ],
    )
    return [
        _touched(new.command.shop_id, new.command.id, coupon, "hold", new.command.id, new.command.actor)
        for new in placed
        for coupon in new.price.coupons
        if coupon.is_platform
    ]


async def free(tx: Transaction, closed: Sequence[tuple[Actor, Order]]) -> list[Occurrence]:
    """Take orders that are closed unpaid their coupons; tell what is free of budgets."""
    await coupons.free_coupons(tx, [(coupon.id, order.id) for _, order in closed for coupon in order.coupons or ()])
    return [
        _touched(order.shop_id, order.id, coupon, "free", order.id, actor)
        for actor, order in closed
        for coupon in order.coupons or ()
        if coupon.is_platform
    ]


async def lock(tx: Transaction, orders: Iterable[Order]) -> dict[UUID, Coupon]:
    """Lock the coupons of orders until *tx* ends: whoever locks stock and changes coupons, too, does this before."""
    wanted = {coupon.id for order in orders for coupon in order.coupons or ()}
    return await coupons.lock_coupons(tx, wanted) if wanted else {}


def still_usable(late: Mapping[UUID, Order], found: Mapping[UUID, Coupon], now: datetime) -> dict[UUID, Order]:
    """Give those of closed orders, whose money came late, that have no coupons, or whose coupons are free still."""
    usable: dict[UUID, Order] = {}
    taken: set[UUID] = set()
    for id, order in late.items():
        its = [coupon.id for coupon in order.coupons or ()]
        if taken.isdisjoint(its) and all(coupons.is_free_still(found.get(coupon_id), now) for coupon_id in its):
            usable[id] = order
            taken.update(its)
    return usable


async def use(tx: Transaction, paid: Sequence[tuple[Actor, Order, bool]]) -> list[Occurrence]:
    """Use up the coupons of orders that are paid, each told with whether it had been closed; tell of it."""
    await coupons.use_coupons(
        tx,
        [
            Taking(coupon_id=coupon.id, order_id=order.id, amount=coupon.amount, sales=order.total + order.subsidy)
            for _, order, _ in paid
            for coupon in order.coupons or ()
        ],
    )
    told: list[Occurrence] = []
    for actor, order, was_closed in paid:
        for coupon in order.coupons or ():
            event = CouponUsed(
                campaign_id=coupon.campaign_id, coupon_id=coupon.id, person_id=order.buyer_id, amount=coupon.amount
            )
            told.append(Occurrence(event, order.shop_id, order.id, actor))
            if coupon.is_platform:
                # What the closing freed is not held any more: it is a hold of its own.
                key = order.payment_id if was_closed and order.payment_id else order.id
                told.append(_touched(order.shop_id, order.id, coupon, "pay", key, actor))
    return told


async def give_back(tx: Transaction, refunded: Sequence[tuple[Actor, Order]]) -> list[Occurrence]:
    """Give the coupons of orders back that are wholly refunded before receipt; tell of it, and of budgets.

    What of a subsidy is returned here is what `order.subsidy_refunded` does not count yet.
    """
    await coupons.free_coupons(tx, [(coupon.id, order.id) for _, order in refunded for coupon in order.coupons or ()])
    told: list[Occurrence] = []
    for actor, order in refunded:
        left = order.subsidy - order.subsidy_refunded
        if left and order.refund_id:
            told.append(returned(order, order.refund_id, left, actor))
        for coupon in order.coupons or ():
            event = CouponReturned(campaign_id=coupon.campaign_id, coupon_id=coupon.id, person_id=order.buyer_id)
            told.append(Occurrence(event, order.shop_id, order.id, actor))
    return told


def returned(order: Order, refund_id: UUID, amount: int, actor: Actor) -> Occurrence:
    """Tell that a part of an order's subsidy is on its way back to its budget."""
    coupon = next(coupon for coupon in order.coupons or () if coupon.is_platform)
    event = BudgetTouched(campaign_id=coupon.campaign_id, step="return", amount=amount, key=refund_id)
    return Occurrence(event, order.shop_id, order.id, actor)


def _touched(shop_id: UUID, order_id: UUID, coupon: OrderCoupon, step: Step, key: UUID, actor: Actor) -> Occurrence:
    event = BudgetTouched(campaign_id=coupon.campaign_id, step=step, amount=coupon.amount, key=key)
    return Occurrence(event, shop_id, order_id, actor)
