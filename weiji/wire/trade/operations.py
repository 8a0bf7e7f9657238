"""The verbs of merchant orders. Each takes an open transaction and a batch, and answers every command, in its order.

The money goes the way of every order's: what was captured comes into the order's escrow, from there to the shop, and
what the shop may withdraw is settled when the operator's rules say so. Locks: orders, then the ledger, then streams.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from weiji import coupons, escrow
from weiji.coupons import CouponState
from weiji.events import BY_CHANNEL, Actor, Occurrence, publish
from weiji.events.orders import PaymentRejected
from weiji.events.wire import (
    CombinedLineEnded,
    MerchantOrderClosed,
    MerchantOrderPaid,
    MerchantOrderPlaced,
    MerchantOrderSettled,
    MerchantRefundAbnormal,
    OrderUnfrozen,
)
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import derive
from weiji.orders import get_terms_in_force
from weiji.shops import Standing, Verification, get_shops
from weiji.webhooks import QueueMessage, queue_messages
from weiji.wire.notices import in_source_language, notice
from weiji.wire.trade import couponing, rules, store
from weiji.wire.trade.describing import describe
from weiji.wire.trade.model import (
    ChooseCoupon,
    ChooseCouponResult,
    ChooseCouponStatus,
    CloseMerchantOrder,
    CloseStatus,
    DropCoupon,
    MerchantOrder,
    NoteAbnormalRefund,
    NoteMerchantRefund,
    NoteStatus,
    PlaceMerchantOrder,
    PlaceMerchantOrderResult,
    PlaceMerchantOrderStatus,
    RefundMerchantOrder,
    RefundStatus,
    SettleMerchantOrder,
    SettleStatus,
    State,
    TakeMerchantPayment,
    TakeStatus,
)
from weiji.wire.trade.refunding import Refunds, arrived, tell_of_refund


async def place_merchant_orders(
    tx: Transaction, commands: Sequence[PlaceMerchantOrder]
) -> list[PlaceMerchantOrderResult]:
    """Make orders; one whose number was used before is the order that there is. Publishes MerchantOrderPlaced."""
    orders = await store.lock_orders(tx, [command.id for command in commands])
    before = set(orders)
    shops = await _read_shops(tx, commands)
    terms, fees = await get_terms_in_force(tx, tx.now)
    results = [
        rules.judge_place(
            orders, shops, fees.rate_of(command.shop_id, ()).taken_ppm, terms.settle_days, command, tx.now
        )
        for command in commands
    ]
    await store.add_orders(tx, [order for id, order in orders.items() if id not in before])
    told = []
    for command, result in zip(commands, results, strict=True):
        if result.status is PlaceMerchantOrderStatus.CREATED:
            placed = MerchantOrderPlaced(
                mchid=command.mchid,
                caller_mchid=command.caller_mchid,
                number=command.number,
                total=command.total,
                expires_at=command.expires_at,
            )
            told.append(Occurrence(placed, command.shop_id, command.id, command.actor))
    await publish(tx, told)
    return results


async def foresee_merchant_orders(
    reader: Reader, commands: Sequence[PlaceMerchantOrder], now: datetime
) -> list[PlaceMerchantOrderResult]:
    """Say how `place_merchant_orders` would answer as things are, and make nothing."""
    orders = await store.get_orders(reader, [command.id for command in commands])
    shops = await _read_shops(reader, commands)
    return [rules.judge_place(orders, shops, 0, 0, command, now) for command in commands]


async def _read_shops(reader: Reader, commands: Sequence[PlaceMerchantOrder]) -> dict[UUID, rules.ShopTerms]:
    found = await get_shops(reader, list({command.shop_id for command in commands}))
    return {
        shop.id: rules.ShopTerms(shop.standing is Standing.OPEN, shop.verification is Verification.VERIFIED)
        for shop in found
        if shop
    }


async def take_merchant_payments(tx: Transaction, commands: Sequence[TakeMerchantPayment]) -> list[TakeStatus]:
    """Take payments that arrived into their orders' escrow; without profit sharing they are the shop's at once.

    Publishes MerchantOrderPaid, or PaymentRejected where an order can't take it; the merchant's server is told.
    """
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    changed: dict[UUID, MerchantOrder] = {}
    chains: list[escrow.Chain] = []
    messages = []
    told: list[Occurrence] = []
    statuses = []
    paid_with: list[tuple[Actor, MerchantOrder]] = []
    dropped: list[couponing.Had] = []
    for command in commands:
        order = orders.get(command.order_id)
        chosen = order.choices if order else ()
        status = rules.judge_take(order, command, tx.now)
        statuses.append(status)
        if order is not None and status is TakeStatus.HELD:
            changed[order.id] = order
            if order.coupon is not None:
                paid_with.append((command.actor, order))
            dropped += [(order, each) for each in chosen if each != order.coupon]
            chains += rules.take_in(order)
            paid = MerchantOrderPaid(
                payment_id=command.payment_id,
                channel=command.channel,
                amount=order.due,
                released=order.released,
                fee=order.fee,
            )
            told.append(Occurrence(paid, order.shop_id, order.id, command.actor))
            if order.combined_id is None:
                messages += _paid(order)
            else:
                told.append(_line_ended(order, order.combined_id, command.actor))
        elif status is not TakeStatus.EXISTS:
            told.append(Occurrence(_rejected(command, status), command.shop_id, command.order_id, command.actor))
    await store.change_orders(tx, list(changed.values()))
    told += await couponing.use(tx, paid_with, dropped)
    await escrow.post(tx, chains)
    await queue_messages(tx, messages)
    await publish(tx, told)
    return statuses


async def choose_coupons(tx: Transaction, commands: Sequence[ChooseCoupon]) -> list[ChooseCouponResult]:
    """Choose with which coupons payers pay orders: each has what it is paid with until it is chosen anew, or closed."""
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    named = {command.coupon_id for command in commands if command.coupon_id}
    had = {choice.id for order in orders.values() for choice in order.choices}
    found = await coupons.lock_coupons(tx, named | had) if named or had else {}
    before = {order.id: order.choices for order in orders.values()}
    results = []
    for command in commands:
        order = orders.get(command.order_id)
        old = order.choices if order else ()
        coupon = found.get(command.coupon_id) if command.coupon_id else None
        status = rules.judge_choice(order, coupon, command, tx.now)
        if order is not None and status is ChooseCouponStatus.CHOSEN:
            # As it stands for what comes behind it in the batch.
            for each in set(old) - set(order.choices):
                if each.id in found:
                    found[each.id].state, found[each.id].order_id = CouponState.UNUSED, None
            if coupon is not None:
                coupon.state, coupon.order_id = CouponState.RESERVED, order.id
        gone = next(iter(set(old) - set(order.choices)), None) if order else None
        chosen = order.choice_of(command.person_id) if order else None
        due = 0 if order is None else order.total - (chosen.amount if chosen else 0)
        results.append(ChooseCouponResult(status=status, due=due, instead=gone.payment_id if gone else None))
    changed = [order for order in orders.values() if order.choices != before[order.id]]
    await store.change_orders(tx, changed)
    await couponing.free(
        tx, [(order, old) for order in changed for old in before[order.id] if old not in order.choices]
    )
    await couponing.reserve(
        tx, [(order, new) for order in changed for new in order.choices if new not in before[order.id]]
    )
    return results


async def drop_coupons(tx: Transaction, commands: Sequence[DropCoupon]) -> list[bool]:
    """Free the coupons that were chosen for payments that came to nothing; tell which there were."""
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    dropped: list[couponing.Had] = []
    for command in commands:
        order = orders.get(command.order_id)
        choices = order.choices if order is not None and order.state is State.OPEN else ()
        for choice in choices:
            if order is not None and choice.payment_id == command.payment_id:
                dropped.append((order, choice))
                rules.drop_choice(order, choice)
    await store.change_orders(tx, list({order.id: order for order, _ in dropped}.values()))
    await couponing.free(tx, dropped)
    gone = {(order.id, coupon.payment_id) for order, coupon in dropped}
    return [(command.order_id, command.payment_id) in gone for command in commands]


def _line_ended(order: MerchantOrder, combined_id: UUID, actor: Actor) -> Occurrence:
    """Tell the combined order, which may live elsewhere: it tells the merchant once, of all its orders."""
    ended = CombinedLineEnded(order_id=order.id, combined_id=combined_id)
    return Occurrence(ended, order.shop_id, order.id, actor)


def _rejected(command: TakeMerchantPayment, status: TakeStatus) -> PaymentRejected:
    reason: Any = "closed" if status is TakeStatus.CLOSED else status.value
    return PaymentRejected(
        payment_id=command.payment_id,
        payer_id=command.payer_id,
        order_id=command.order_id,
        amount=command.amount,
        reason=reason,
        is_part=command.is_part,
    )


def _paid(order: MerchantOrder) -> list[QueueMessage]:
    if order.notify_url is None:
        return []
    told = notice(
        derive(order.id, "notice", "paid"),
        order.shop_id,
        order.caller_mchid,
        order.id,
        type="TRANSACTION.SUCCESS",
        original_type="transaction",
        summary="支付成功",
        url=order.notify_url,
        resource=in_source_language(describe, order),
        key_id=order.key_id,
    )
    return [told]


async def close_merchant_orders(tx: Transaction, commands: Sequence[CloseMerchantOrder]) -> list[CloseStatus]:
    """Take nothing any more for orders; what is paid all the same goes back. Publishes MerchantOrderClosed."""
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    changed: dict[UUID, MerchantOrder] = {}
    told = []
    statuses = []
    dropped: list[couponing.Had] = []
    for command in commands:
        order = orders.get(command.order_id)
        was_closed = order is not None and order.closed_at is not None
        chosen = order.choices if order is not None else ()
        status = rules.judge_close(order, command, tx.now)
        statuses.append(status)
        if order is not None and status is CloseStatus.CLOSED and not was_closed:
            changed[order.id] = order
            dropped += [(order, each) for each in chosen]
            closed = MerchantOrderClosed(is_expired=command.caller_mchid is None)
            told.append(Occurrence(closed, order.shop_id, order.id, command.actor))
            if order.combined_id is not None:
                told.append(_line_ended(order, order.combined_id, command.actor))
    await store.change_orders(tx, list(changed.values()))
    await couponing.free(tx, dropped)
    await publish(tx, told)
    return statuses


async def settle_merchant_orders(tx: Transaction, commands: Sequence[SettleMerchantOrder]) -> list[SettleStatus]:
    """Let shops withdraw what orders brought. Publishes MerchantOrderSettled, OrderUnfrozen."""
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    changed: dict[UUID, MerchantOrder] = {}
    chains: list[escrow.Chain] = []
    told = []
    statuses = []
    for command in commands:
        order = orders.get(command.order_id)
        added = order.held_subsidy if order else 0
        status, (rest, fee) = rules.judge_settle(order, tx.now)
        statuses.append(status)
        if order is not None and status is SettleStatus.UNFROZEN:
            changed[order.id] = order
            chains += rules.unfreeze(order, rest, fee, added)
            told.append(Occurrence(OrderUnfrozen(amount=rest, fee=fee), order.shop_id, order.id, command.actor))
        elif order is not None and status is SettleStatus.SETTLED:
            changed[order.id] = order
            chains += rules.settle(order)
            settled = MerchantOrderSettled(amount=rules.settled_amount(order))
            told.append(Occurrence(settled, order.shop_id, order.id, command.actor))
    await store.change_orders(tx, list(changed.values()))
    await escrow.post(tx, chains)
    await publish(tx, told)
    return statuses


async def refund_merchant_orders(tx: Transaction, commands: Sequence[RefundMerchantOrder]) -> list[RefundStatus]:
    """Give parts of orders back: from escrow, else from what the shop got.

    The refund of a number that was used before is the one that there is. Publishes MerchantRefundOrdered and
    RefundOrdered.
    """
    refunds = await Refunds.lock(tx, [command.order_id for command in commands], [command.id for command in commands])
    statuses = [refunds.make(command) for command in commands]
    await publish(tx, await refunds.write(tx))
    return statuses


async def note_merchant_refunds(tx: Transaction, commands: Sequence[NoteMerchantRefund]) -> list[NoteStatus]:
    """Note that payers have their money again, and tell merchants' servers. Publishes MerchantRefundArrived."""
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    refunds = await store.get_refunds(tx, [command.refund_id for command in commands]) if orders else {}
    statuses = []
    done: list[NoteMerchantRefund] = []
    messages = []
    told = []
    for command in commands:
        order, refund = orders.get(command.order_id), refunds.get(command.refund_id)
        if order is None or refund is None:
            statuses.append(NoteStatus.REFUND_NOT_FOUND)
            continue
        if refund.arrived_at is not None:
            statuses.append(NoteStatus.EXISTS)
            continue
        refund.arrived_at, refund.arrived_at_wallet = tx.now, command.to_wallet
        done.append(command)
        statuses.append(NoteStatus.DONE)
        told.append(arrived(order, refund))
        messages += tell_of_refund(order, refund, "arrived", "SUCCESS", "退款成功")
    await store.note_refunds(tx, done)
    await queue_messages(tx, messages)
    await publish(tx, told)
    return statuses


async def note_abnormal_merchant_refunds(tx: Transaction, commands: Sequence[NoteAbnormalRefund]) -> list[NoteStatus]:
    """Note that refunds wait for people, and tell merchants' servers. Publishes MerchantRefundAbnormal."""
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    refunds = await store.get_refunds(tx, [command.refund_id for command in commands]) if orders else {}
    statuses = []
    done = []
    messages = []
    told = []
    for command in commands:
        order, refund = orders.get(command.order_id), refunds.get(command.refund_id)
        if order is None or refund is None:
            statuses.append(NoteStatus.REFUND_NOT_FOUND)
            continue
        if refund.arrived_at is not None or refund.abnormal_at is not None:
            statuses.append(NoteStatus.EXISTS)
            continue
        refund.abnormal_at = tx.now
        done.append(refund.id)
        statuses.append(NoteStatus.DONE)
        event = MerchantRefundAbnormal(refund_id=refund.id, amount=refund.amount)
        told.append(Occurrence(event, order.shop_id, order.id, BY_CHANNEL))
        messages += tell_of_refund(order, refund, "abnormal", "ABNORMAL", "退款异常")
    await store.note_abnormal_refunds(tx, done)
    await queue_messages(tx, messages)
    await publish(tx, told)
    return statuses
