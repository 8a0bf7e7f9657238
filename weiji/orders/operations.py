"""The verbs of orders. Each takes an open transaction and a batch, locks the orders of it, judges, posts and publishes.

Locks: orders, then stock, then what shops were paid, then invoices, then accounts, then the ledger's chain, then the
heads of streams; each in id order.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from msgspec.structs import replace

from weiji import coupons, escrow, payments
from weiji.approvals import EXPIRES_AFTER
from weiji.catalog import get_skus_for_sale
from weiji.events import BY_CHANNEL, BY_CLOCK, BY_SYSTEM, Actor, Event, Occurrence, publish
from weiji.events.orders import (
    KeysOrdered,
    OrderClosed,
    OrderDelivered,
    OrderPaid,
    OrderPlaced,
    OrderRepriced,
    OrderSettled,
    ParcelShipped,
    PaymentRejected,
    ReceiptProlonged,
    RefundArrived,
    RefundOrdered,
    ShippingReminded,
    TradeRulesPublished,
)
from weiji.inventory import MoveKind, StockMove, StockStatus, lock_stock, move_stock, take_stock
from weiji.kit.db import Transaction, columns
from weiji.kit.ids import derive, new_id, shard_of, shards_of
from weiji.orders import couponing, handing_out, horizons, invoices, picking_up, rules, store
from weiji.orders.casework import Casework
from weiji.orders.fees.charging import is_notice_too_short
from weiji.orders.fees.model import FeeRules, Rate
from weiji.orders.fees.rules import Fees
from weiji.orders.fees.store import get_charging, get_fees
from weiji.orders.machine import State
from weiji.orders.model import (
    LINES_MAX,
    QUANTITY_MAX,
    CancelUnsent,
    CartStatus,
    CloseOrder,
    ConfirmOrder,
    Move,
    MoveStatus,
    NoteDelivery,
    NoteRefund,
    Order,
    Parcel,
    PlaceOrder,
    PlaceResult,
    PlaceStatus,
    Prolong,
    PublishRules,
    PublishRulesStatus,
    PutInCart,
    RefundOrder,
    RepriceOrder,
    SettleOrder,
    ShipParcel,
    TakePayment,
    TakeStatus,
)
from weiji.orders.store import SQL
from weiji.orders.trade_rules import TradeRules
from weiji.rulebook import Publisher, ReleaseRules, propose_rules, takes_two
from weiji.shops import lock_shops

M = TypeVar("M", bound=Move)


async def place_orders(tx: Transaction, commands: Sequence[PlaceOrder]) -> list[PlaceResult]:
    """Place orders: price them, hold their stock until the deadline, write them down. Publishes OrderPlaced.

    Six statements, whatever the number; the stock of every SKU named stays locked until *tx* ends. What a shop may sell
    is judged by what it was paid: what is placed and not paid fills no limit.
    """
    results, told = await _place(tx, commands)
    await publish(tx, told)
    return results


async def _place(
    tx: Transaction, commands: Sequence[PlaceOrder], *, is_part: bool = False
) -> tuple[list[PlaceResult], list[Occurrence]]:
    """Place orders, and say what is to be told of it: once, and last, though they may be placed in parts."""
    seen: set[UUID] = set()
    for place, command in enumerate(commands):
        if command.id in seen or not seen.isdisjoint(command.coupon_ids):
            # The same id or coupon again: what becomes of it depends on what became of the first. It is rare, so the
            # rest is a batch of its own.
            if not is_part:
                await _lock_ahead(tx, commands)
            first, told = await _place(tx, commands[:place], is_part=True)
            rest, more = await _place(tx, commands[place:], is_part=True)
            return [*first, *rest], [*told, *more]
        seen.add(command.id)
        seen.update(command.coupon_ids)
    placing = await store.read_placing(
        tx,
        [command.id for command in commands],
        list({command.shop_id for command in commands}),
        list({command.place_id for command in commands if command.place_id}),
    )
    version, existing = placing.version, placing.existing
    in_force = (await store.get_rules(tx, {version}))[version]
    fees = await get_fees(tx, placing.fee_version, in_force.rest)
    wanted = list({item.sku_id for command in commands for item in command.items})
    skus = dict(zip(wanted, await get_skus_for_sale(tx, wanted), strict=True)) if wanted else {}
    named = {id for command in commands for id in command.coupon_ids}
    found_coupons = await coupons.lock_coupons(tx, named) if named else None
    due_at = tx.now + in_force.pay_within
    results: list[PlaceResult | None] = [None] * len(commands)
    asked: list[tuple[int, store.NewOrder]] = []
    for place, command in enumerate(commands):
        found = existing.get(command.id)
        its = [skus.get(item.sku_id) for item in command.items]
        pickup = placing.places.get((command.shop_id, command.place_id)) if command.place_id else None
        status, price = rules.judge_place(command, found, its, fees, tx.now, found_coupons, pickup)
        if price is None:
            total, due = (found["total"], found["due_at"]) if found and status is PlaceStatus.EXISTS else (0, None)
            results[place] = PlaceResult(status, total, datetime.fromisoformat(due) if due else None)
            continue
        sold = [sku for sku in its if sku is not None]
        sales = placing.sales[command.shop_id]
        if not sales.have_room(price.total, in_force):
            results[place] = PlaceResult(PlaceStatus.SHOP_LIMIT_REACHED)
            continue
        settle_days = in_force.settle_days_of(sales.grade or 0)
        asked.append((place, store.NewOrder(command, sold[0].shop_name, price, sold, settle_days, pickup)))
    held = await move_stock(
        tx,
        [
            StockMove(
                order_id=new.command.id,
                kind=MoveKind.HOLD,
                lines=tuple((item.sku_id, item.quantity) for item in new.command.items),
                region=new.address.region if new.address else "",
            )
            for _, new in asked
        ],
    )
    placed = []
    for (place, new), moved in zip(asked, held, strict=True):
        if moved is StockStatus.MOVED:
            placed.append(new)
            results[place] = PlaceResult(PlaceStatus.PLACED, new.price.total, due_at)
        else:
            results[place] = PlaceResult(PlaceStatus.SOLD_OUT)
    if placed:
        await store.add_orders(tx, placed, (version, placing.fee_version), due_at)
    told = [
        Occurrence(
            OrderPlaced(
                buyer_id=new.command.buyer_id,
                total=new.price.total,
                units=sum(item.quantity for item in new.command.items),
                due_at=due_at,
            ),
            new.command.shop_id,
            new.command.id,
            new.command.actor,
        )
        for new in placed
    ]
    if named:
        told += await couponing.reserve(tx, [new for new in placed if new.price.coupons])
    return [result for result in results if result is not None], told


async def _lock_ahead(tx: Transaction, commands: Sequence[PlaceOrder]) -> None:
    """Lock whatever the parts of a batch will, as one would: two who lock stock twice may wait for each other."""
    named = {id for command in commands for id in command.coupon_ids}
    if named:
        await coupons.lock_coupons(tx, named)
    await lock_stock(tx, {item.sku_id for command in commands for item in command.items})


async def close_orders(tx: Transaction, commands: Sequence[CloseOrder]) -> list[MoveStatus]:
    """Close unpaid orders and free their stock. Publishes OrderClosed. A payment that comes after may reopen them."""
    orders = await _lock(tx, commands)
    done: list[tuple[CloseOrder, Order]] = []
    statuses = _judge(orders, commands, lambda o, c: rules.judge_close(o, c, tx.now), done)
    await store.update_orders(tx, [order for _, order in done])
    await store.keep_time(tx, [order for _, order in done])
    with_coupons = [(c.actor, o) for c, o in done if o.coupons]
    freed = await couponing.free(tx, with_coupons) if with_coupons else []
    await _move_stock(tx, [order for _, order in done], MoveKind.RELEASE)
    reasons: dict[str, Any] = {"buyer": "buyer", "merchant": "merchant"}
    told = [_told(o, c, OrderClosed(reason=reasons.get(c.actor.kind, "expired"))) for c, o in done]
    await publish(tx, [*told, *freed])
    return statuses


async def reprice_orders(tx: Transaction, commands: Sequence[RepriceOrder]) -> list[MoveStatus]:
    """Change what unpaid orders cost. Publishes OrderRepriced.

    A payment that was begun before, of what it cost then, goes back by itself, should its money arrive. The fee is by
    the rules that the order was placed under; in which category its goods lie is looked at now.
    """
    orders = await _lock(tx, commands)
    await store.read_lines(tx, orders)
    rates = await _rates_of(tx, orders)
    before = {id: order.total for id, order in orders.items()}
    done: list[tuple[RepriceOrder, Order]] = []
    told: list[Occurrence] = []

    def judge(order: Order, command: RepriceOrder) -> MoveStatus:
        status = rules.judge_reprice(order, command, rates[order.id])
        if status is MoveStatus.DONE:
            event = OrderRepriced(
                before=before[order.id], total=order.total, conceded=order.conceded, freight=order.freight
            )
            told.append(_told(order, command, event))
            before[order.id] = order.total
        return status

    statuses = _judge(orders, commands, judge, done)
    await store.reprice_orders(tx, list({order.id: order for _, order in done}.values()))
    await publish(tx, told)
    return statuses


async def _rates_of(tx: Transaction, orders: dict[UUID, Order]) -> dict[UUID, list[Rate]]:
    """Say what is taken of each line of orders whose lines are read."""
    versions = await store.get_fee_versions(tx, list(orders)) if orders else {}
    wanted = list({line.sku_id for order in orders.values() for line in order.lines})
    skus = dict(zip(wanted, await get_skus_for_sale(tx, wanted), strict=True)) if wanted else {}
    rates = {}
    for id, order in orders.items():
        assert order.rules is not None
        rest = order.rules.rest
        fees = await get_fees(tx, versions[id], rest) if id in versions else Fees(FeeRules(), rest)
        its = [skus[line.sku_id] for line in order.lines]
        rates[id] = [fees.rate_of(order.shop_id, sku.categories if sku else ()) for sku in its]
    return rates


async def take_payments(tx: Transaction, commands: Sequence[TakePayment]) -> list[TakeStatus]:
    """Take payments that arrived into their orders' escrow. Publishes OrderPaid, or PaymentRejected where one can't.

    A payment of a closed order reopens it if its goods are on sale still and can be had again; its invoice is asked for
    again, too. Whatever is rejected goes back by itself, and stays rejected, should its event come again when the order
    could take it. A limit of its shop's sales rejects none: paying was begun while there was room.
    """
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    # Of what may still be paid: one that is open, too, may cost again what it did when a payment was rejected.
    unpaid = [order.id for order in orders.values() if order.payment_id is None]
    rejected = await store.get_rejections(tx, unpaid) if unpaid else set()
    reopening = await _hold_again(tx, orders, [c for c in commands if (c.order_id, c.payment_id) not in rejected])
    changed: dict[UUID, Order] = {}
    chains: list[escrow.Chain] = []
    told: list[Occurrence] = []
    rejections: list[tuple[UUID, UUID]] = []
    paid_with: list[tuple[Actor, Order, bool]] = []
    reopened: list[Order] = []
    statuses = []
    for command in commands:
        order = orders.get(command.order_id)
        was_closed = order is not None and order.state is State.CLOSED
        status, is_new = rules.judge_take(order, command, reopening, rejected, tx.now)
        statuses.append(status)
        if order is None or status is not TakeStatus.HELD:
            told.append(_rejected(command, status))
            rejection = (command.order_id, command.payment_id)
            if order is not None and rejection not in rejected:
                rejected.add(rejection)
                rejections.append(rejection)
        elif is_new:
            changed[order.id] = order
            if was_closed:
                reopened.append(order)
            chains.append(escrow.hold(order.id, order.shop_id, command.payment_id, order.total, subsidy=order.subsidy))
            if order.coupons:
                paid_with.append((command.actor, order, was_closed))
            paid = OrderPaid(
                buyer_id=order.buyer_id,
                payment_id=command.payment_id,
                channel=command.channel,
                amount=order.total,
                due_at=tx.now + order.time_left if order.time_left is not None else _due(order),
                is_reopened=was_closed,
            )
            told.append(Occurrence(paid, order.shop_id, order.id, command.actor))
            if order.is_virtual:
                told.append(Occurrence(KeysOrdered(buyer_id=order.buyer_id), order.shop_id, order.id, command.actor))
    if paid_with:
        told += await couponing.use(tx, paid_with)
    await store.pay_orders(tx, list(changed.values()))
    await horizons.draw_back(tx, reopened)
    if reopened:
        await invoices.note_refunds(tx, [invoices.NoteRefund(order_id=order.id) for order in reopened])
    await store.keep_time(tx, list(changed.values()))
    await store.add_rejections(tx, rejections)
    await picking_up.give_codes(tx, [order for order in changed.values() if order.pickup is not None])
    await escrow.post(tx, chains)
    await publish(tx, told)
    return statuses


async def _hold_again(tx: Transaction, orders: dict[UUID, Order], commands: Sequence[TakePayment]) -> set[UUID]:
    """Try to hold the stock of closed orders whose money came late; name those for which it could be had.

    Those with coupons need these to be free still. Of a shop that is closed for good nobody would send anything, and
    what staff stopped, or is off sale by now, is not sold by a payment that is late. A shop that rests sells it.
    """
    late: dict[UUID, Order] = {}
    for command in commands:
        order = orders.get(command.order_id)
        if order is not None and order.state is State.CLOSED and command.amount == order.total:
            late[order.id] = order
    if not late:
        return set()
    # Also those of orders that are paid in time beside them, which are used once the stock of these is locked.
    found = await couponing.lock(tx, orders.values())
    late = couponing.still_usable(late, found, tx.now)
    # Behind their lock: whoever closes one for good sees the order that is open again, or is seen here.
    shops = await lock_shops(tx, {order.shop_id for order in late.values()})
    selling = {id for id, shop in shops.items() if not shop.is_gone and not shop.is_sales_suspended}
    late = {id: order for id, order in late.items() if order.shop_id in selling}
    if not late:
        return set()
    await store.read_lines(tx, late)
    skus = await get_skus_for_sale(tx, {line.sku_id for order in late.values() for line in order.lines})
    on_shelf = {sku.sku_id for sku in skus if sku is not None and sku.is_on_shelf}
    late = {id: order for id, order in late.items() if all(line.sku_id in on_shelf for line in order.lines)}
    if not late:
        return set()
    statuses = await move_stock(tx, [_stock_move(order, MoveKind.HOLD) for order in late.values()])
    return {id for id, status in zip(late, statuses, strict=True) if status is StockStatus.MOVED}


def _rejected(command: TakePayment, status: TakeStatus) -> Occurrence:
    reasons: dict[TakeStatus, Any] = {
        TakeStatus.ALREADY_PAID: "already_paid",
        TakeStatus.AMOUNT_DIFFERS: "amount_differs",
    }
    event = PaymentRejected(
        payment_id=command.payment_id,
        payer_id=command.payer_id,
        order_id=command.order_id,
        amount=command.amount,
        reason=reasons.get(status, "closed"),
        is_part=command.is_part,
    )
    return Occurrence(event, command.shop_id, command.order_id, command.actor)


async def refund_orders(tx: Transaction, commands: Sequence[RefundOrder]) -> list[MoveStatus]:
    """Send back what is left of the money of orders of which nothing was shipped, and free their stock.

    Card keys that were handed out and that nobody has seen go back into the store.

    Publishes RefundOrdered: payments carry it out.
    """
    orders = await _lock(tx, commands)
    handed_out = {order.id for order in orders.values() if handing_out.was_handed_out(order)}
    done: list[tuple[RefundOrder, Order]] = []
    statuses = _judge(orders, commands, lambda o, c: rules.judge_refund(o, c, tx.now), done)
    changed = [order for _, order in done]
    await store.update_orders(tx, changed)
    with_coupons = [(c.actor, o) for c, o in done if o.coupons]
    told = await couponing.give_back(tx, with_coupons) if with_coupons else []
    taken_back = [order for order in changed if order.id in handed_out]
    held = [order for order in changed if order.id not in handed_out]
    if held and taken_back:  # In id order, all at once: two who lock stock twice may wait for each other.
        theirs = {order.id: replace(order, lines=[]) for order in changed}
        await store.read_lines(tx, theirs)
        await lock_stock(tx, {line.sku_id for order in theirs.values() for line in order.lines})
    await _move_stock(tx, held, MoveKind.RELEASE)
    await handing_out.take_back(tx, taken_back)
    await store.count_refunded(tx, changed)
    chains = [
        escrow.refund(o.id, o.refund_id, o.total - o.refunded, subsidy=o.subsidy - o.subsidy_refunded)
        for o in changed
        if o.refund_id
    ]
    await escrow.post(tx, chains)
    await publish(
        tx,
        [
            *(
                _told(
                    o,
                    c,
                    RefundOrdered(
                        payment_id=o.payment_id,
                        payer_id=o.buyer_id,
                        order_id=o.id,
                        amount=o.total - o.refunded,
                        refund_id=o.refund_id,
                        reason=o.refund_reason or "",
                    ),
                )
                for c, o in done
                if o.payment_id and o.refund_id
            ),
            *told,
        ],
    )
    return statuses


async def note_refunds(tx: Transaction, commands: Sequence[NoteRefund]) -> list[MoveStatus]:
    """Note that the payers have their money again. Publishes RefundArrived."""
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    told = []
    changed = []
    statuses = []
    for command in commands:
        order = orders.get(command.order_id)
        if order is None or order.refund_id != command.refund_id:
            # The refund of a payment that no order took: the payer is told by payments.
            statuses.append(MoveStatus.ORDER_NOT_FOUND)
            continue
        if order.refunded_at is not None:
            statuses.append(MoveStatus.EXISTS)
            continue
        order.refunded_at = tx.now
        changed.append(order)
        arrived = RefundArrived(refund_id=command.refund_id, amount=command.amount, to=command.to)
        told.append(Occurrence(arrived, order.shop_id, order.id, BY_CHANNEL))
        statuses.append(MoveStatus.DONE)
    await store.update_orders(tx, changed)
    await publish(tx, told)
    return statuses


async def ship_parcels(tx: Transaction, commands: Sequence[ShipParcel]) -> list[MoveStatus]:
    """Send parcels: all that is left of an order, or some lines. Publishes ParcelShipped.

    A parcel leaves the warehouse that holds what is in it, or the one that it names, if that has as much.
    """
    statuses: list[MoveStatus] = []
    told: list[Occurrence] = []
    while len(statuses) < len(commands):
        # The first round locks all orders and their stock, and what is told is published after the last: so locks are
        # taken in one order.
        answers, news = await _ship(tx, commands[len(statuses) :])
        statuses.extend(answers)
        told.extend(news)
    await publish(tx, told)
    return statuses


async def _ship(tx: Transaction, commands: Sequence[ShipParcel]) -> tuple[list[MoveStatus], list[Occurrence]]:
    """Answer the commands up to the first that is about an order of which a parcel is packed.

    Whether that parcel goes is up to the stock, and what comes after it to that.
    """
    orders = await _lock(tx, commands)
    await store.read_lines(tx, orders)
    if len({command.order_id for command in commands}) < len(commands):
        # There is another round: its stock is locked now, since two who lock stock twice may wait for each other.
        await lock_stock(tx, {line.sku_id for order in orders.values() for line in order.lines})
    if any(order.units_shipped for order in orders.values()):
        await store.read_parcels(tx, orders)
    statuses: list[MoveStatus] = []
    packed: list[tuple[int, ShipParcel, Order, Parcel]] = []
    packed_of: set[UUID] = set()
    for place, command in enumerate(commands):
        if command.order_id in packed_of:
            break
        order = orders.get(command.order_id)
        if order is None or not rules.is_theirs(order, command):
            statuses.append(MoveStatus.ORDER_NOT_FOUND)
            continue
        status, parcel = rules.judge_ship(order, command, tx.now)
        statuses.append(status)
        if parcel is not None:
            packed.append((place, command, order, parcel))
            packed_of.add(order.id)
    sent: list[tuple[Order, Parcel]] = []
    told: list[Occurrence] = []
    taken = await take_stock(tx, [_take(*each[1:]) for each in packed]) if packed else []
    for (place, command, order, parcel), its in zip(packed, taken, strict=True):
        if its.status is not StockStatus.MOVED:
            # Only of shops with several warehouses; whatever else could be refused was held for the order.
            statuses[place] = _NOT_TAKEN[its.status]
            continue
        sent.append((order, replace(parcel, warehouse_id=its.warehouse_id)))
        event = ParcelShipped(
            parcel_id=parcel.id,
            carrier=parcel.carrier,
            tracking_number=parcel.tracking_number,
            lines=parcel.lines,
            is_last=order.state is State.SHIPPED,
            due_at=order.due_at,
            warehouse_id=its.warehouse_id,
        )
        told.append(_told(order, command, event))
    if sent:
        await store.add_parcels(tx, [order for order, _ in sent], sent)
        await store.keep_time(tx, [order for order, _ in sent])
    return statuses, told


_NOT_TAKEN: Final = {
    StockStatus.SEVERAL_WAREHOUSES: MoveStatus.SEVERAL_WAREHOUSES,
    StockStatus.NOT_IN_WAREHOUSE: MoveStatus.NOT_IN_WAREHOUSE,
}


def _take(command: ShipParcel, order: Order, parcel: Parcel) -> StockMove:
    return StockMove(
        order_id=order.id,
        kind=MoveKind.TAKE,
        lines=tuple((order.lines[number - 1].sku_id, quantity) for number, quantity in parcel.lines),
        warehouse_id=command.warehouse_id,
    )


async def note_deliveries(tx: Transaction, commands: Sequence[NoteDelivery]) -> list[MoveStatus]:
    """Note which parcels arrived. Publishes OrderDelivered once all of an order are there."""
    orders = await store.lock_orders(tx, [command.order_id for command in commands])
    if orders:
        await store.read_parcels(tx, orders)
    told: list[Occurrence] = []
    arrived: list[NoteDelivery] = []
    changed: dict[UUID, Order] = {}
    statuses = []
    for command in commands:
        order = orders.get(command.order_id)
        if order is None:
            statuses.append(MoveStatus.ORDER_NOT_FOUND)
            continue
        before = order.due_at, order.time_left
        is_new, is_whole = rules.judge_delivery(order, command, tx.now)
        statuses.append(MoveStatus.DONE if is_new else MoveStatus.EXISTS)
        is_sooner = (order.due_at, order.time_left) != before
        if is_new:
            arrived.append(command)
        if is_whole:
            event = OrderDelivered(due_at=order.due_at, is_sooner=is_sooner)
            told.append(Occurrence(event, order.shop_id, order.id, BY_SYSTEM))
        if is_sooner:
            changed[order.id] = order
    await store.note_deliveries(tx, arrived)
    await store.update_orders(tx, list(changed.values()))
    await store.keep_time(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def prolong_receipts(tx: Transaction, commands: Sequence[Prolong]) -> list[MoveStatus]:
    """Give buyers more time. Publishes ReceiptProlonged."""
    return await _simply(tx, commands, rules.judge_prolong, lambda o, c: ReceiptProlonged(days=c.days, due_at=_due(o)))


async def cancel_unsent(tx: Transaction, commands: Sequence[CancelUnsent]) -> list[MoveStatus]:
    """Cancel what of orders that are shipped in part was not sent; they go on with what was.

    Publishes RefundOrdered, which payments carry out, and UnsentCancelled.
    """
    work = await Casework.lock(tx, [command.order_id for command in commands])

    def judge(o: Order, c: CancelUnsent) -> MoveStatus:
        return rules.judge_cancel(o, c, tx.now, lambda reason: work.cancel_unsent(o, c.actor, reason))

    statuses = _judge(work.orders, commands, judge, [])
    await work.write(tx)
    return statuses


async def remind_shops(tx: Transaction, order_ids: Sequence[UUID]) -> None:
    """Tell shops, once, of orders that they have not shipped and promised to. Publishes ShippingReminded."""
    orders = await store.lock_orders(tx, order_ids) if order_ids else {}
    waiting = [o for o in orders.values() if o.due_at and o.reminds_at and o.reminds_at <= tx.now]
    new = await store.add_ship_reminders(tx, [o.id for o in waiting]) if waiting else set()
    await publish(
        tx,
        [
            Occurrence(ShippingReminded(promised_at=o.promised_at), o.shop_id, o.id, BY_CLOCK)
            for o in waiting
            if o.id in new and o.promised_at
        ],
    )


async def confirm_orders(tx: Transaction, commands: Sequence[ConfirmOrder]) -> list[MoveStatus]:
    """Confirm receipt and release the money, less the fee. Publishes OrderReceived.

    Of what was shipped in part, the rest is cancelled first, as `cancel_unsent` does.
    """
    work = Casework(await _lock(tx, commands), tx.now)
    part = {id: order for id, order in work.orders.items() if order.state is State.PART_SHIPPED}
    if part:
        await store.read_lines(tx, part)
        await work.read_parcels(tx)
    received: list[Order] = []

    def judge(o: Order, c: ConfirmOrder) -> MoveStatus:
        status = rules.judge_confirm(o, c, tx.now, lambda reason: work.cancel_unsent(o, c.actor, reason))
        if status is MoveStatus.DONE and o.state is State.RECEIVED:
            received.append(o)
            work.receive(o, c.actor, is_part_shipped=o.id in part)
        return status

    statuses = _judge(work.orders, commands, judge, [])
    await store.receive_orders(tx, received)
    await work.write(tx)
    return statuses


async def settle_orders(tx: Transaction, commands: Sequence[SettleOrder]) -> list[MoveStatus]:
    """Let shops withdraw what orders brought. Publishes OrderSettled, and UnfreezingRequested where it is frozen."""
    orders = await _lock(tx, commands)
    done: list[tuple[SettleOrder, Order]] = []
    statuses = _judge(orders, commands, lambda o, c: rules.judge_settle(o, c, tx.now), done)
    changed = [order for _, order in done]
    await store.complete_orders(tx, changed)
    await escrow.post(tx, [escrow.settle(o.id, o.shop_id, o.earned) for o in changed if o.earned])
    frozen = [(c, o) for c, o in done if o.channel in payments.freezing_channels() and o.earned]
    told = [
        _told(
            o,
            c,
            OrderSettled(amount=o.earned, buyer_id=o.buyer_id, paid=o.total - o.refunded, number=o.number),
        )
        for c, o in done
    ]
    if frozen:
        told += await payments.request_unfreezings(tx, [rules.unfreezing(o, c.actor) for c, o in frozen])
    await publish(tx, told)
    return statuses


async def put_in_cart(tx: Transaction, commands: Sequence[PutInCart]) -> list[CartStatus]:
    """Put SKUs into carts, or take them out."""
    people = list({command.person_id for command in commands})
    carts = {person_id: set[UUID]() for person_id in people}
    for row in await tx.rows(SQL.count_cart_lines, store.distinct_shards(people), people):
        carts[row["person_id"]] = set(row["sku_ids"])
    statuses = []
    last: dict[tuple[UUID, UUID], PutInCart] = {}
    for command in commands:
        cart = carts[command.person_id]
        if not 0 <= command.quantity <= QUANTITY_MAX:
            statuses.append(CartStatus.QUANTITY_OUT_OF_RANGE)
            continue
        if command.quantity and command.sku_id not in cart and len(cart) >= LINES_MAX:
            statuses.append(CartStatus.CART_FULL)
            continue
        (cart.add if command.quantity else cart.discard)(command.sku_id)
        seen = last.get((command.person_id, command.sku_id))
        if seen and seen.quantity and command.price_seen is None:
            command = replace(command, price_seen=seen.price_seen)
        last[command.person_id, command.sku_id] = command
        statuses.append(CartStatus.PUT)
    put = [command for command in last.values() if command.quantity]
    if put:
        people, *facts = columns(put, "person_id", "sku_id", "quantity", "price_seen")
        await tx.run(SQL.put_in_cart, shards_of(people), people, *facts, [tx.now] * len(put))
    taken = [key for key, command in last.items() if not command.quantity]
    if taken:
        shards = [shard_of(person) for person, _ in taken]
        await tx.run(SQL.take_from_cart, shards, [person for person, _ in taken], [sku for _, sku in taken])
    return statuses


async def publish_rules(tx: Transaction, commands: Sequence[PublishRules]) -> list[PublishRulesStatus]:
    """Publish versions of the operator's rules, in turn; where that takes two, propose them.

    Publishes TradeRulesPublished in the author's stream, or RulesProposed.
    """
    statuses = []
    for command in commands:
        effective_at = command.effective_at or tx.now
        is_proposed = command.actor.person_id and command.approver_id is None and await takes_two(tx)
        # Shops are told once it is published, which may be as late as a proposal can be decided.
        told_at = tx.now + EXPIRES_AFTER if is_proposed else tx.now
        if not command.reason.strip():
            statuses.append(PublishRulesStatus.REASON_MISSING)
        elif effective_at < tx.now:
            statuses.append(PublishRulesStatus.EFFECTIVE_IN_THE_PAST)
        elif is_notice_too_short(await get_charging(tx, tx.now), command.rules, effective_at, told_at):
            statuses.append(PublishRulesStatus.NOTICE_TOO_SHORT)
        elif command.actor.person_id and await _is_fee_changed(tx, command.rules):
            statuses.append(PublishRulesStatus.FEE_ELSEWHERE)
        elif is_proposed:
            latest, *_ = await store.list_rules(tx, None, 1)
            if command.version != latest["version"] + 1:
                statuses.append(PublishRulesStatus.VERSION_TAKEN)
                continue
            await propose_rules(
                tx, TRADE.name, command.version, command.rules, command.reason, command.effective_at, command.actor
            )
            statuses.append(PublishRulesStatus.PROPOSED)
        elif await tx.value(
            SQL.add_rules, command.version, effective_at, command.rules, command.actor.person_id,
            command.reason, tx.now, command.approver_id,
        ):  # fmt: skip
            statuses.append(PublishRulesStatus.PUBLISHED)
            event = TradeRulesPublished(version=command.version, effective_at=effective_at, reason=command.reason)
            author = command.actor.person_id or new_id()
            subject = derive(author, "rules", command.version)
            await publish(tx, [Occurrence(event, author, subject, command.actor)])
        else:
            statuses.append(PublishRulesStatus.VERSION_TAKEN)
    return statuses


async def _is_fee_changed(tx: Transaction, new: TradeRules) -> bool:
    latest, *_ = await store.list_rules(tx, None, 1)
    return store.read_rules(latest).fee_ppm != new.fee_ppm


async def _release(tx: Transaction, command: ReleaseRules[TradeRules]) -> str | None:
    publishing = PublishRules(
        version=command.version,
        effective_at=command.effective_at,
        rules=command.rules,
        reason=command.reason,
        actor=Actor("staff", command.author_id),
        approver_id=command.approver_id,
    )
    (status,) = await publish_rules(tx, [publishing])
    return None if status is PublishRulesStatus.PUBLISHED else status.value


TRADE: Final = Publisher(name="trade", kind=TradeRules, release=_release)
"""The rules of trade, as two of the staff publish them."""


# How moves are alike


async def _lock(tx: Transaction, commands: Sequence[Move]) -> dict[UUID, Order]:
    return await store.lock_orders(tx, [command.order_id for command in commands])


def _judge(
    orders: dict[UUID, Order],
    commands: Sequence[M],
    judge: Callable[[Order, M], MoveStatus],
    done: list[tuple[M, Order]],
) -> list[MoveStatus]:
    """Judge each command as if it came alone, after the ones before it; *done* collects what changed something."""
    statuses = []
    for command in commands:
        order = orders.get(command.order_id)
        bar = rules.bar_of(order, command)
        if order is None or bar is not None:
            statuses.append(bar or MoveStatus.ORDER_NOT_FOUND)
            continue
        status = judge(order, command)
        if status is MoveStatus.DONE:
            done.append((command, order))
        statuses.append(status)
    return statuses


async def _simply(
    tx: Transaction,
    commands: Sequence[M],
    judge: Callable[[Order, M], MoveStatus],
    event: Callable[[Order, M], Event],
) -> list[MoveStatus]:
    """Do what changes only the order's row. Each event tells of the order as it was right after its command."""
    orders = await _lock(tx, commands)
    told: list[Occurrence] = []
    changed: dict[UUID, Order] = {}
    statuses = []
    for command in commands:
        done: list[tuple[M, Order]] = []
        statuses += _judge(orders, [command], judge, done)
        for _, order in done:
            changed[order.id] = order
            told.append(_told(order, command, event(order, command)))
    await store.update_orders(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


def _told(order: Order, command: Move, event: Event) -> Occurrence:
    return Occurrence(event, order.shop_id, order.id, command.actor)


def _due(order: Order) -> datetime:
    assert order.due_at is not None
    return order.due_at


async def _move_stock(tx: Transaction, orders: Sequence[Order], kind: MoveKind) -> None:
    """Move the stock that orders still have to ship, which can't be refused: it was held for them."""
    if not orders:
        return
    by_id = {order.id: order for order in orders}
    await store.read_lines(tx, by_id)
    statuses = await move_stock(tx, [_stock_move(order, kind) for order in orders])
    assert all(status is StockStatus.MOVED for status in statuses), f"held stock is gone: {statuses}"


def _stock_move(order: Order, kind: MoveKind) -> StockMove:
    left = ((line.sku_id, line.left) for line in order.lines)
    return StockMove(order_id=order.id, kind=kind, lines=tuple((sku_id, rest) for sku_id, rest in left if rest))
