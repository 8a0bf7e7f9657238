"""What is decided about merchant orders, as pure functions over what was read. They change what they are given."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from weiji import escrow
from weiji.coupons import Coupon, Goods, Reduction, apply, is_good_at_cashier
from weiji.kit.ids import derive
from weiji.kit.money import portion, share_so_far
from weiji.payments import BALANCE
from weiji.wire.trade.model import (
    CHOICES_MAX,
    ChooseCoupon,
    ChooseCouponStatus,
    CloseMerchantOrder,
    CloseStatus,
    Line,
    MerchantOrder,
    MerchantRefund,
    OrderCoupon,
    PlaceMerchantOrder,
    PlaceMerchantOrderResult,
    PlaceMerchantOrderStatus,
    RefundMerchantOrder,
    RefundStatus,
    SettleStatus,
    State,
    TakeMerchantPayment,
    TakeStatus,
)

FROZEN_MAX: Final = timedelta(days=180)
"""How long money that is to be shared waits in escrow; then the rest is the shop's."""


class ShopTerms(Struct, frozen=True):
    """Whether a shop may take orders."""

    is_open: bool
    is_verified: bool


def judge_place(
    orders: dict[UUID, MerchantOrder],
    shops: Mapping[UUID, ShopTerms],
    fee_ppm: int,
    settle_days: int,
    command: PlaceMerchantOrder,
    now: datetime,
) -> PlaceMerchantOrderResult:
    """Judge an order; one that is made is put to *orders*. A repetition gives the order that there is."""
    found = orders.get(command.id)
    if found is not None:
        if found.state is State.PAID:
            return PlaceMerchantOrderResult(status=PlaceMerchantOrderStatus.ALREADY_PAID)
        if found.state is State.CLOSED:
            return PlaceMerchantOrderResult(status=PlaceMerchantOrderStatus.ALREADY_CLOSED)
        difference = find_difference(found.terms, command.terms)
        if difference:
            return PlaceMerchantOrderResult(
                status=PlaceMerchantOrderStatus.EXISTS_WITH_DIFFERENT_TERMS, difference=difference
            )
        return PlaceMerchantOrderResult(status=PlaceMerchantOrderStatus.EXISTS)
    shop = shops.get(command.shop_id)
    if shop is None or not shop.is_open:
        return PlaceMerchantOrderResult(status=PlaceMerchantOrderStatus.SHOP_NOT_OPEN)
    if not shop.is_verified:
        return PlaceMerchantOrderResult(status=PlaceMerchantOrderStatus.SHOP_NOT_VERIFIED)
    orders[command.id] = MerchantOrder(
        id=command.id,
        shop_id=command.shop_id,
        mchid=command.mchid,
        caller_mchid=command.caller_mchid,
        number=command.number,
        kind=command.kind,
        description=command.description,
        total=command.total,
        notify_url=command.notify_url,
        shares_profit=command.shares_profit,
        terms=command.terms,
        key_id=command.key_id,
        fee_ppm=fee_ppm,
        settle_days=settle_days,
        state=State.OPEN,
        created_at=now,
        expires_at=command.expires_at,
        due_at=command.expires_at,
        combined_id=command.combined_id,
    )
    return PlaceMerchantOrderResult(status=PlaceMerchantOrderStatus.CREATED)


def find_difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Name the first of the terms that differs. When an order expires may be said anew: the first word stands."""
    names = sorted(before.keys() | now.keys())
    return next((name for name in names if before.get(name) != now.get(name) and name != "time_expire"), None)


def judge_take(order: MerchantOrder | None, command: TakeMerchantPayment, now: datetime) -> TakeStatus:
    """Judge a payment that arrived. Held, and with nobody to share with, it is the shop's at once."""
    if order is None:
        return TakeStatus.CLOSED
    if order.payment_id == command.payment_id:
        return TakeStatus.EXISTS
    if order.state is State.CLOSED:
        return TakeStatus.CLOSED
    if order.state is State.PAID:
        return TakeStatus.ALREADY_PAID
    chosen = order.choice_of(command.payer_id)
    if command.amount == order.total:
        put_coupon(order, None)  # It was begun before the coupon was chosen, or by somebody else.
    elif chosen is None or command.amount != order.total - chosen.amount:
        return TakeStatus.AMOUNT_DIFFERS
    else:
        put_coupon(order, chosen)
    order.others = ()
    order.state = State.PAID
    order.payment_id = command.payment_id
    order.payer_id = command.payer_id
    order.channel = command.channel
    order.paid_at = now
    order.due_at = now + FROZEN_MAX
    if not order.shares_profit:
        release(order, now)
    return TakeStatus.HELD


def take_in(order: MerchantOrder) -> list[escrow.Chain]:
    """Bring what arrived into escrow; what is the shop's at once goes on to it."""
    assert order.payment_id, "a paid order has a payment"
    chains = [escrow.hold(order.id, order.shop_id, order.payment_id, order.due, prepaid=order.prepaid)]
    if order.released:
        chains.append(escrow.release(order.id, order.shop_id, order.released, order.fee))
    return chains


def put_coupon(order: MerchantOrder, coupon: OrderCoupon | None) -> None:
    """Give an order a coupon, or take what it had."""
    order.coupon = coupon
    order.prepaid = coupon.amount if coupon and coupon.is_prepaid else 0
    order.discount = coupon.amount if coupon and not coupon.is_prepaid else 0


def drop_choice(order: MerchantOrder, dropped: OrderCoupon) -> None:
    """Take from an order what one of its payers chose."""
    choices = [each for each in order.choices if each != dropped]
    put_coupon(order, choices[-1] if choices else None)
    order.others = tuple(choices[:-1])


def judge_choice(
    order: MerchantOrder | None, coupon: Coupon | None, command: ChooseCoupon, now: datetime
) -> ChooseCouponStatus:
    """Judge what a payer chose; the order has it then. *coupon* is what the command names."""
    if order is None or order.state is not State.OPEN:
        return ChooseCouponStatus.ORDER_NOT_OPEN
    chosen: OrderCoupon | None = None
    if command.coupon_id is not None:
        if coupon is None or command.person_id is None or coupon.shop_id is None:
            return ChooseCouponStatus.COUPON_NOT_USABLE
        reduction = reduce_line(order.line, coupon, command.person_id, now)
        if reduction is None:
            return ChooseCouponStatus.COUPON_NOT_USABLE
        chosen = OrderCoupon(
            id=coupon.id,
            campaign_id=coupon.campaign_id,
            shop_id=coupon.shop_id,
            person_id=command.person_id,
            name=coupon.name,
            amount=reduction.amount,
            is_prepaid=coupon.terms.cashier is not None and coupon.terms.cashier.is_prepaid,
            payment_id=command.payment_id,
        )
    before = order.choice_of(command.person_id)
    if chosen == before:
        return ChooseCouponStatus.LEFT if chosen is None and order.choices else ChooseCouponStatus.EXISTS
    if before is None and len(order.choices) >= CHOICES_MAX:
        before = order.choices[0]
    if before is not None:
        drop_choice(order, before)
    if chosen is not None:
        order.others = order.choices
        put_coupon(order, chosen)
    return ChooseCouponStatus.CHOSEN


def reduce_line(line: Line, coupon: Coupon, person_id: UUID, now: datetime) -> Reduction | None:
    """Say what somebody's coupon takes off an order; None: it is not good for it. One fen is left to pay."""
    if not is_good_at_cashier(coupon, person_id, line.shop_id, line.tag, line.order_id, now):
        return None
    found = apply([coupon], [Goods(None, None, line.total, 1)])
    return found[0] if found else None


def release(order: MerchantOrder, now: datetime) -> tuple[int, int]:
    """Give what is in escrow to the shop; return amount and fee. The rest of a shared order is all that is left.

    What was added goes along, and no fee is taken of it.
    """
    amount = order.held
    fee = portion(amount, order.fee_ppm)
    order.subsidy_released += order.held_subsidy
    order.released += amount
    order.fee += fee
    order.due_at = now + timedelta(days=order.settle_days)
    return amount, fee


def await_settlement(order: MerchantOrder, now: datetime) -> None:
    """Have what came to the shop be settled, where the clock had nothing left to do with its order."""
    if order.settled_at is None and order.due_at is None:
        order.due_at = now + timedelta(days=order.settle_days)


def judge_close(order: MerchantOrder | None, command: CloseMerchantOrder, now: datetime) -> CloseStatus:
    """Judge a closing."""
    if order is None or (command.caller_mchid is not None and command.caller_mchid != order.caller_mchid):
        return CloseStatus.ORDER_NOT_FOUND
    if order.state is State.PAID:
        return CloseStatus.ALREADY_PAID
    if order.state is State.OPEN:
        if command.caller_mchid is None and now < order.expires_at:
            return CloseStatus.NOT_DUE
        put_coupon(order, None)
        order.others = ()
        order.state = State.CLOSED
        order.closed_at = now
        order.due_at = None
    return CloseStatus.CLOSED


def judge_settle(order: MerchantOrder | None, now: datetime) -> tuple[SettleStatus, tuple[int, int]]:
    """Judge a settlement; returns what is released (amount, fee), where that has to come first."""
    if order is None:
        return SettleStatus.ORDER_NOT_FOUND, (0, 0)
    if order.settled_at is not None:
        return SettleStatus.EXISTS, (0, 0)
    if order.due_at is None or now < order.due_at:
        return SettleStatus.NOT_DUE, (0, 0)
    if order.held or order.held_subsidy:
        return SettleStatus.UNFROZEN, release(order, now)
    order.due_at = None
    if order.released or order.subsidy_released:
        order.settled_at = now
    return SettleStatus.SETTLED, (0, 0)


def unfreeze(order: MerchantOrder, rest: int, fee: int, added: int) -> list[escrow.Chain]:
    """Give the shop the *rest* of the escrow, less the fee, and what was *added*."""
    chains = [escrow.release(order.id, order.shop_id, rest, fee)] if rest else []
    return [*chains, escrow.release_subsidy(order.id, order.shop_id, added)] if added else chains


def settle(order: MerchantOrder) -> list[escrow.Chain]:
    """Let the shop withdraw what it has of an order."""
    amount = settled_amount(order)
    return [escrow.settle(order.id, order.shop_id, amount)] if amount else []


def settled_amount(order: MerchantOrder) -> int:
    """Say what of an order the shop has: gross, less the fee, less what was given back since, and what was added."""
    added = order.subsidy - order.subsidy_returned if order.subsidy_released else 0
    return order.released - order.fee - (order.given_back - order.fee_returned) + added


class Refunding(Struct, frozen=True):
    """How a refund is paid: from escrow, or from what was released, of which a part of the fee comes back; or of both.

    What others have of an award (`advanced`) the shop pays meanwhile. What is *prepaid* of it goes back to who sent the
    coupon, the rest to the payer.
    """

    from_escrow: int
    from_released: int
    advanced: int
    fee_returned: int
    prepaid: int


def left_of(order: MerchantOrder, disputed: int) -> int:
    """Say how much of an order may go back: what is left, but for what the payer got by a channel (*disputed*)."""
    rest = order.total - order.refunded
    if not disputed:
        return rest
    # Of what goes back the payer gets their share: what a coupon paid is none of theirs.
    return min(rest, max(0, order.due - order.gone_back - disputed) * order.total // order.due)


def refund_difference(order: MerchantOrder, found: MerchantRefund, command: RefundMerchantOrder) -> str | None:
    """Name the first of a refund's terms, as requests do, that a repetition about *order* gives otherwise."""
    terms = {
        "transaction_id": (found.order_id, command.order_id),
        "amount/refund": (found.amount, command.amount),
        "amount/total": (order.total, order.total if command.total is None else command.total),
        "reason": (found.reason, command.reason),
        "notify_url": (found.notify_url, command.notify_url),
    }
    return next((name for name, (before, now) in terms.items() if before != now), None)


def judge_refund(
    order: MerchantOrder | None,
    refunds: dict[UUID, MerchantRefund],
    command: RefundMerchantOrder,
    now: datetime,
    disputed: int = 0,
) -> tuple[RefundStatus, Refunding | None]:
    """Judge a refund; one that is made is put to *refunds*. Two that are asked for at the same time take turns.

    *disputed* is what its payer's channel took back.
    """
    # Whoever made it, or whose money it is: of a combined order the two may differ.
    if order is None or command.caller_mchid not in (order.caller_mchid, order.mchid):
        return RefundStatus.ORDER_NOT_FOUND, None
    found = refunds.get(command.id)
    if found is not None:
        is_other = refund_difference(order, found, command) is not None
        return (RefundStatus.EXISTS_WITH_DIFFERENT_TERMS if is_other else RefundStatus.EXISTS), None
    if order.state is not State.PAID:
        return RefundStatus.NOT_PAID, None
    if command.total is not None and command.total != order.total:
        return RefundStatus.TOTAL_DIFFERS, None
    if command.amount > order.total - order.refunded:
        return RefundStatus.EXCEEDS_ORDER, None
    if command.amount > left_of(order, disputed):
        return RefundStatus.CHARGED_BACK, None
    # Frozen shares: any number of refunds gives back exactly what the coupon took off.
    refunded = order.refunded + command.amount
    discount = share_so_far(order.discount, order.total, refunded) - order.discount_refunded
    prepaid = share_so_far(order.prepaid, order.total, refunded) - order.prepaid_refunded
    amount = command.amount - discount
    # Of one of the two, where that has it; else all of the escrow, and the rest of what was released.
    from_released = 0 if amount <= order.held else amount
    if from_released > order.released - order.given_back:
        from_released = amount - order.held
    advanced = max(0, from_released - (order.released - order.given_back))
    if advanced and not command.is_awarded:
        return RefundStatus.SHARED_OUT, None
    from_released -= advanced
    order.advanced += advanced
    fee_returned = 0
    if from_released:
        order.given_back += from_released
        # What came back from others since bears no fee, so the share of it may be less than what was returned already.
        so_far = max(share_so_far(order.fee, order.released, order.given_back), order.fee_returned)
        fee_returned, order.fee_returned = so_far - order.fee_returned, so_far
    paid = Refunding(amount - from_released - advanced, from_released, advanced, fee_returned, prepaid)
    order.refunded = refunded
    order.discount_refunded += discount
    order.prepaid_refunded += prepaid
    refunds[command.id] = MerchantRefund(
        id=command.id,
        order_id=order.id,
        shop_id=order.shop_id,
        mchid=order.mchid,
        caller_mchid=command.caller_mchid,
        number=command.number,
        amount=command.amount,
        reason=command.reason,
        notify_url=command.notify_url,
        key_id=command.key_id,
        created_at=now,
        fee_returned=paid.fee_returned,
        coupon=discount + prepaid,
        # What is all the coupon's comes to nobody: nothing is waited for.
        arrived_at=None if command.amount > discount + prepaid else now,
        arrived_at_wallet=None if command.amount > discount + prepaid else order.channel == BALANCE,
    )
    return RefundStatus.CREATED, paid


def pay_back(order: MerchantOrder, refund_id: UUID, paid: Refunding) -> list[escrow.Chain]:
    """Send a refund on its way. What was *prepaid* goes back to who sent the coupon."""
    of_escrow = min(paid.prepaid, paid.from_escrow)
    of_released = min(paid.prepaid - of_escrow, paid.from_released)
    chains = []
    if paid.from_escrow:
        chains.append(escrow.refund(order.id, refund_id, paid.from_escrow - of_escrow, prepaid=of_escrow))
    if paid.from_released:
        chains.append(
            escrow.give_back(
                order.id,
                order.shop_id,
                derive(refund_id, "released") if chains else refund_id,
                paid.from_released - of_released,
                paid.fee_returned,
                is_settled=order.settled_at is not None,
                prepaid=of_released,
            )
        )
    if paid.advanced:
        id = derive(refund_id, "advanced")
        of_advanced = paid.prepaid - of_escrow - of_released
        its = paid.advanced - of_advanced
        chains.append(escrow.advance(order.id, order.shop_id, id, its, prepaid=of_advanced))
    return chains
