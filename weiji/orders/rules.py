"""Judges what is done to orders: pure functions over locked orders. No I/O, no clock; time is an argument."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from weiji.catalog import Delivery, SkuForSale
from weiji.coupons import Coupon, Reduction, apply, is_usable
from weiji.events import Actor
from weiji.events.model import ActorKind
from weiji.freight import Freight
from weiji.kit.ids import SHARD_MASK, derive
from weiji.kit.money import allocate
from weiji.orders.fees.model import Rate
from weiji.orders.fees.rules import Fees
from weiji.orders.machine import State, Verb, may
from weiji.orders.model import (
    LINES_MAX,
    QUANTITY_MAX,
    CancelUnsent,
    CloseOrder,
    ConfirmOrder,
    Move,
    MoveStatus,
    NoteDelivery,
    Order,
    Parcel,
    Pickup,
    PlaceOrder,
    PlaceStatus,
    Prolong,
    RefundOrder,
    RepriceOrder,
    SettleOrder,
    ShipParcel,
    ShowKeys,
    TakePayment,
    TakeStatus,
    WriteOff,
    numbered_parcel,
)
from weiji.orders.prices import (
    NO_FREIGHT,
    TOTAL_MAX,
    Item,
    Price,
    calculate,
    freight_of,
    goods_of,
    recalculate,
    taken_of,
)
from weiji.payments import RequestUnfreezing

FREIGHT_MAX: Final = 1_000_000
"""What a shop may charge by hand for sending an order: ten thousand yuan."""

PARCEL_MAX: Final = 40
"""Characters of a carrier's name, and of a tracking number."""

NOT_SHIPPED: Final = "not_shipped"
"""Why the clock sends money back: the shop did not send, or not everything, in time."""

NOT_PICKED_UP: Final = "not_picked_up"
"""Why the clock sends money back of what was to be picked up."""

RECEIVED_IN_PART: Final = "received_in_part"
"""Why what was not sent is cancelled where the buyer confirms what came."""

CHARGED_BACK: Final = "chargeback"
"""Why an order without money is over: channels gave it back to its payer."""

SENT: Final = frozenset({State.SHIPPED, State.RECEIVED, State.COMPLETED})
"""States in which nothing is left to be sent."""

_M = MoveStatus
_P = PlaceStatus


def judge_place(
    command: PlaceOrder,
    existing: Mapping[str, Any] | None,
    skus: Sequence[SkuForSale | None],
    fees: Fees,
    now: datetime,
    coupons: Mapping[UUID, Coupon] | None = None,
    pickup: Pickup | None = None,
) -> tuple[PlaceStatus, Price | None]:
    """Judge whether an order may be placed, and price it; only stock is left to ask. *coupons* are locked.

    *pickup* is the shop's place that the command names, if there is one.
    """
    items = command.items
    if existing is not None:
        same = (
            UUID(existing["shop_id"]) == command.shop_id
            and UUID(existing["buyer_id"]) == command.buyer_id
            and [(UUID(sku_id), quantity) for sku_id, quantity in existing["items"]]
            == [(item.sku_id, item.quantity) for item in items]
            and {UUID(coupon["id"]) for coupon in existing["coupons"] or ()} == set(command.coupon_ids)
            and existing["place_id"] == (command.place_id and str(command.place_id))
        )
        return (_P.EXISTS if same else _P.EXISTS_WITH_DIFFERENT_ORDER), None
    if (command.id.int ^ command.shop_id.int) & SHARD_MASK:
        return _P.ID_IN_ANOTHER_SHARD, None
    if not items:
        return _P.NOTHING_ORDERED, None
    if len(items) > LINES_MAX:
        return _P.TOO_MANY_LINES, None
    if any(not 1 <= item.quantity <= QUANTITY_MAX for item in items) or (
        len(items) > 1 and len({item.sku_id for item in items}) < len(items)
    ):
        return _P.QUANTITY_OUT_OF_RANGE, None
    if any(sku is None or sku.shop_id != command.shop_id for sku in skus):
        return _P.SKU_NOT_FOUND, None
    found = [sku for sku in skus if sku is not None]
    if not all(sku.is_listed for sku in found):
        return _P.NOT_FOR_SALE, None
    if command.is_own or found[0].shop_owner_id == command.buyer_id:
        return _P.OWN_SHOP, None
    if any(sku.presale and sku.presale.is_over(now) for sku in found):
        return _P.PRESALE_ENDED, None
    if len({sku.delivery for sku in found}) > 1:
        return _P.MIXED_DELIVERY, None
    if command.place_id is not None and (pickup is None or found[0].delivery is not Delivery.PHYSICAL):
        return _P.PLACE_NOT_FOUND, None
    if command.address is None and found[0].delivery is Delivery.PHYSICAL:
        return _P.ADDRESS_MISSING, None
    region_code = command.address.region_code if command.address else ""
    freight = NO_FREIGHT if pickup else freight_of(found, [item.quantity for item in items], region_code)
    if freight.undeliverable:
        return _P.NOT_DELIVERED_THERE, None
    if any(sku.price != item.price for sku, item in zip(found, items, strict=True)):
        return _P.PRICE_CHANGED, None
    if freight.amount != command.freight:
        return _P.FREIGHT_CHANGED, None
    reductions: tuple[Reduction, ...] = ()
    if command.coupon_ids:
        chosen = [coupon for id in command.coupon_ids if (coupon := (coupons or {}).get(id)) is not None]
        are_usable = all(is_usable(coupon, command.buyer_id, command.shop_id, now) for coupon in chosen)
        applied = apply(chosen, goods_of(found, [item.quantity for item in items])) if are_usable else None
        if applied is None or len(applied) < len(command.coupon_ids):
            return _P.COUPON_NOT_USABLE, None
        reductions = applied
    if command.reduction != sum(reduction.amount for reduction in reductions):
        return _P.REDUCTION_CHANGED, None
    wanted = [
        Item(item.sku_id, item.price, item.quantity, fees.rate_of(command.shop_id, sku.categories))
        for item, sku in zip(items, found, strict=True)
    ]
    price = calculate(wanted, freight=freight, reductions=reductions)
    if not 1 <= price.total <= TOTAL_MAX:
        return _P.TOTAL_OUT_OF_RANGE, None
    return _P.PLACED, price


def is_theirs(order: Order, move: Move) -> bool:
    """Tell whether who acts may know of the order: its buyer, its shop, or no person at all."""
    kind = move.actor.kind
    if kind == "buyer":
        return order.buyer_id == move.actor.person_id
    if kind == "merchant":
        return order.shop_id == move.shop_id
    return True


_FAVOURS: Final = (RepriceOrder, RefundOrder, CancelUnsent, Prolong)
"""What a shop grants the buyer. Who works for it and bought before does not grant it to themselves.

Shipping, handing over and closing give them nothing that is not theirs: what was paid for, or what a buyer may do.
"""


def bar_of(order: Order | None, move: Move) -> MoveStatus | None:
    """Say why who acts may not do this to an order, whatever its state is; None: they may."""
    if order is None or not is_theirs(order, move):
        return _M.ORDER_NOT_FOUND
    if isinstance(move, _FAVOURS) and move.actor.kind == "merchant" and order.buyer_id == move.actor.person_id:
        return _M.OWN_ORDER
    return None


def judge_close(order: Order, command: CloseOrder, now: datetime) -> MoveStatus:
    """Close an unpaid order."""
    if order.state is State.CLOSED:
        return _M.EXISTS
    if not may(Verb.CLOSE, order.state, command.actor.kind):
        return _M.NOT_ALLOWED_NOW
    if command.actor.kind == "clock" and not _is_due(order, now):
        return _M.TOO_EARLY
    order.state = State.CLOSED
    order.closed_at = now
    order.due_at = order.time_left = None
    return _M.DONE


def judge_reprice(order: Order, command: RepriceOrder, rates: Sequence[Rate]) -> MoveStatus:
    """Price an unpaid order anew, by the *rates* of its lines. What its coupons took off stays what it is."""
    if not may(Verb.REPRICE, order.state, command.actor.kind):
        return _M.NOT_ALLOWED_NOW
    if (order.conceded, order.freight) == (command.conceded, command.freight):
        return _M.EXISTS
    if order.total != command.total:
        return _M.TOTAL_CHANGED
    is_sent = order.delivery is Delivery.PHYSICAL and order.pickup is None
    # Each unit costs a fen at least, so that it can be refunded by itself. What the platform's coupon takes off was for
    # goods of that price: beside one nothing more is taken off.
    left = order.goods - (order.discount - order.conceded) - order.subsidy - order.units
    most = order.conceded if order.subsidy else left
    if not (0 <= command.conceded <= most and 0 <= command.freight <= (FREIGHT_MAX if is_sent else 0)):
        return _M.AMOUNTS_INVALID
    weights = [line.shares.freight if line.shares else 0 for line in order.lines]
    shares = allocate(command.freight, weights if any(weights) else [line.amount for line in order.lines])
    price = recalculate(
        [Item(line.sku_id, line.price, line.quantity, rate) for line, rate in zip(order.lines, rates, strict=True)],
        freight=Freight(amount=command.freight, shares=tuple(shares), charges=()),
        taken=taken_of(order.coupons or (), [line.reasons for line in order.lines]),
        conceded=command.conceded,
    )
    if not 1 <= price.total <= TOTAL_MAX:
        return _M.AMOUNTS_INVALID
    order.freight, order.total, order.fee = price.freight, price.total, price.fee
    order.discount, order.conceded = price.discount, price.conceded
    for line, priced in zip(order.lines, price.lines, strict=True):
        line.reasons, line.shares = priced.reasons, priced.shares
    return _M.DONE


def judge_take(
    order: Order | None, command: TakePayment, reopening: set[UUID], rejected: set[tuple[UUID, UUID]], now: datetime
) -> tuple[TakeStatus, bool]:
    """Take a payment that arrived; tell also whether it is new.

    *reopening* names the closed orders that have their stock again; *rejected* the payments that orders rejected
    before, each (order, payment): their money went back, whatever the order costs now.
    """
    if order is None:
        return TakeStatus.CLOSED, False
    if order.payment_id == command.payment_id:
        return TakeStatus.HELD, False
    if order.payment_id is not None:
        return TakeStatus.ALREADY_PAID, False
    if (order.id, command.payment_id) in rejected:
        return (TakeStatus.CLOSED if order.state is State.CLOSED else TakeStatus.AMOUNT_DIFFERS), False
    if command.amount != order.total:
        return TakeStatus.AMOUNT_DIFFERS, False
    if order.state is State.CLOSED and order.id not in reopening:
        return TakeStatus.CLOSED, False
    assert may(Verb.REOPEN if order.state is State.CLOSED else Verb.PAY, order.state, "channel")
    assert order.rules is not None
    order.state = State.PAID
    order.payment_id = command.payment_id
    order.channel = command.channel
    order.paid_at = now
    order.closed_at = None
    # It may stand: a channel's dispute of the payment can be heard of before the payment is.
    order.start_clock(now, order.from_when(now) - now + order.rules.refund_after)
    return TakeStatus.HELD, True


def judge_refund(order: Order, command: RefundOrder, now: datetime) -> MoveStatus:
    """Send the money of an order back of which nothing was shipped, or whose card keys nobody has seen."""
    assert order.rules is not None
    if order.state is State.REFUNDED:
        return _M.EXISTS
    if order.is_virtual and may(Verb.TAKE_BACK, order.state, command.actor.kind):
        if order.open_cases:
            return _M.CASE_OPEN
        if order.keys_shown_at is not None:
            return _M.KEYS_SHOWN
        order.units_shipped = 0
        return _refund(order, command)
    if not may(Verb.REFUND, order.state, command.actor.kind):
        return _M.NOT_ALLOWED_NOW
    if order.open_cases:
        return _M.CASE_OPEN
    if command.actor.kind == "clock" and not _is_due(order, now):
        return _M.TOO_EARLY
    return _refund(order, command)


def _refund(order: Order, command: RefundOrder) -> MoveStatus:
    order.state = State.REFUNDED
    order.refund_id = derive(order.id, "refund", 1)
    is_left = order.pickup is not None and command.actor.kind == "clock"
    order.refund_reason = NOT_PICKED_UP if is_left else command.reason
    order.due_at = None
    return _M.DONE


def judge_cancel(order: Order, command: CancelUnsent, now: datetime, cancel: Callable[[str], None]) -> MoveStatus:
    """Cancel what was not sent; *cancel* does it, for a reason. What was sent is all there is then."""
    if not may(Verb.CANCEL_UNSENT, order.state, command.actor.kind):
        is_done = order.state in SENT and any(line.cancelled for line in order.lines)
        return _M.EXISTS if is_done else _M.NOT_ALLOWED_NOW
    if order.open_cases:
        return _M.CASE_OPEN
    if command.actor.kind == "clock" and not _is_due(order, now):
        return _M.TOO_EARLY
    cancel(NOT_SHIPPED if command.actor.kind == "clock" else command.reason)
    return _M.DONE


def judge_ship(order: Order, command: ShipParcel, now: datetime) -> tuple[MoveStatus, Parcel | None]:
    """Send what is left, or some of it, but nothing that an open case is about.

    As long as something is left, each parcel gives the shop as much time for the rest as it had after payment.
    """
    assert order.rules is not None
    sent = next((parcel for parcel in order.parcels if parcel.id == command.id), None)
    if sent is not None:
        same = (sent.carrier, sent.tracking_number) == (command.carrier, command.tracking_number) and (
            command.lines is None or command.lines == sent.lines
        )
        same = same and command.warehouse_id in (None, sent.warehouse_id)
        return (_M.EXISTS if same else _M.EXISTS_WITH_DIFFERENT_PARCEL), None
    if command.id.version == 5 and command.id != numbered_parcel(order.id, command.tracking_number):
        # It may name what comes back of another order: carriers would tell of this parcel under that name.
        return _M.ID_INVALID, None
    if order.is_virtual or not may(Verb.SHIP, order.state, command.actor.kind):
        return _M.NOT_ALLOWED_NOW, None
    if order.pickup is not None:
        return _M.PICKED_UP, None
    left = {line.line: line.sendable for line in order.lines}
    if command.lines is None and not any(left.values()):
        # What is left is what buyers do not want any more: that is to be answered, not sent.
        return _M.CASE_OPEN, None
    lines = tuple((number, rest) for number, rest in left.items() if rest) if command.lines is None else command.lines
    if (
        not lines
        or len({number for number, _ in lines}) < len(lines)
        or any(not 1 <= quantity <= left.get(number, 0) for number, quantity in lines)
    ):
        return _M.LINES_INVALID, None
    if not 1 <= len(command.carrier) <= PARCEL_MAX or not 1 <= len(command.tracking_number) <= PARCEL_MAX:
        return _M.PARCEL_INVALID, None
    shipped = dict(lines)
    for line in order.lines:
        line.shipped += shipped.get(line.line, 0)
    order.units_shipped += sum(shipped.values())
    if order.units_shipped == order.units:
        order.state = State.SHIPPED
        order.shipped_at = now
        order.start_clock(now, order.rules.confirm_after)
    else:
        order.state = State.PART_SHIPPED
        order.start_clock(now, order.rules.refund_after)
    parcel = Parcel(
        id=command.id,
        carrier=command.carrier,
        tracking_number=command.tracking_number,
        lines=lines,
        shipped_at=now,
    )
    order.parcels.append(parcel)
    return _M.DONE, parcel


DELIVERY_NOTICE: Final = timedelta(days=1)
"""However late a carrier tells of a delivery, the buyer has so long before the clock confirms because of it."""


def judge_delivery(order: Order, command: NoteDelivery, now: datetime) -> tuple[bool, bool]:
    """Note that a parcel arrived. Tell whether that is news, and whether everything is there now.

    Once everything is, the clock may confirm sooner.
    """
    parcel = next((parcel for parcel in order.parcels if parcel.id == command.parcel_id), None)
    if parcel is None or parcel.delivered_at is not None:
        return False, False
    arrived = replace(parcel, delivered_at=command.delivered_at)
    order.parcels = [arrived if each.id == arrived.id else each for each in order.parcels]
    return True, hasten(order, now)


def hasten(order: Order, now: datetime) -> bool:
    """Let the clock confirm sooner, and never later, if everything is there. Tell whether it is.

    Where the clock stands, so much less is left on it when it runs on.
    """
    assert order.rules is not None
    times = [parcel.delivered_at for parcel in order.parcels if parcel.delivered_at is not None]
    if not may(Verb.DELIVER, order.state, "system") or not times or len(times) < len(order.parcels):
        return False
    after = order.rules.delivered_confirm_after
    if after is not None:
        left = max(max(times) + after - now, DELIVERY_NOTICE)
        if order.due_at is not None:
            order.due_at = min(order.due_at, now + left)
        elif order.time_left is not None:
            order.time_left = min(order.time_left, left)
    return True


def judge_hand_out(order: Order, now: datetime) -> MoveStatus:
    """Give the buyer the card keys of an order, all of them, and start the shorter clock."""
    assert order.rules is not None
    if order.is_virtual and order.state in (State.SHIPPED, State.RECEIVED, State.COMPLETED):
        return _M.EXISTS
    if not order.is_virtual or not may(Verb.HAND_OUT, order.state, "system"):
        return _M.NOT_ALLOWED_NOW
    order.state = State.SHIPPED
    order.units_shipped = order.units
    order.shipped_at = now
    order.start_clock(now, order.rules.virtual_confirm_after)
    return _M.DONE


def judge_write_off(order: Order, command: WriteOff, now: datetime) -> MoveStatus:
    """Hand all that is left of an order over to who brought its code: that is shipment and receipt at once."""
    if order.state in (State.RECEIVED, State.COMPLETED):
        return _M.EXISTS
    if order.pickup is None or not may(Verb.WRITE_OFF, order.state, command.actor.kind):
        return _M.NOT_ALLOWED_NOW
    if order.open_cases:
        return _M.CASE_OPEN
    if not command.is_trial:
        order.units_shipped = order.units
        order.shipped_at = now
        _receive(order, now)
    return _M.DONE


def look_status(order: Order, kind: ActorKind) -> MoveStatus:
    """Say how a look at the card keys of an order would end."""
    if not order.is_virtual or not may(Verb.SHOW_KEYS, order.state, kind):
        return _M.NOT_ALLOWED_NOW
    if order.keys_shown_at is None:
        # Who has the money again, or may have by their channel, gets no keys beside it.
        if order.refunded == order.total:
            return _M.NOT_ALLOWED_NOW
        if order.open_chargebacks:
            return _M.CASE_OPEN
    return _M.DONE


def judge_show(order: Order, command: ShowKeys, now: datetime) -> MoveStatus:
    """Let the buyer see the card keys: each look is told, the first is kept."""
    status = look_status(order, command.actor.kind)
    if status is _M.DONE:
        order.keys_shown_at = order.keys_shown_at or now
    return status


def judge_prolong(order: Order, command: Prolong) -> MoveStatus:
    """Move the deadline of receipt."""
    assert order.rules is not None
    if not may(Verb.PROLONG, order.state, command.actor.kind):
        return _M.NOT_ALLOWED_NOW
    if order.due_at is None:
        return _M.CASE_OPEN
    # Nothing is added to a time that somebody sent: there is none after the year 9999.
    if order.due_at - timedelta(days=command.days) == command.due_at:
        return _M.EXISTS
    is_buyer = command.actor.kind == "buyer"
    if is_buyer and order.prolonged:
        return _M.ALREADY_PROLONGED
    if command.days not in ((order.rules.buyer_prolong_days,) if is_buyer else order.rules.prolong_days):
        return _M.DAYS_NOT_ALLOWED
    if not order.may_be_prolonged(command.due_at, command.days):
        return _M.PROLONGED_TOO_FAR
    if order.due_at != command.due_at:
        return _M.DEADLINE_MOVED
    order.due_at += timedelta(days=command.days)
    order.prolonged += 1 if is_buyer else 0
    return _M.DONE


def judge_confirm(order: Order, command: ConfirmOrder, now: datetime, cancel: Callable[[str], None]) -> MoveStatus:
    """Confirm receipt: the money is the shop's. What was not sent is cancelled first (*cancel*), so nobody pays for it.

    Where no money is left then, the order is refunded and not received.
    """
    assert order.rules is not None
    if order.state in (State.RECEIVED, State.COMPLETED):
        return _M.EXISTS
    if not may(Verb.CONFIRM, order.state, command.actor.kind):
        return _M.NOT_ALLOWED_NOW
    if order.open_cases:
        return _M.CASE_OPEN
    if command.actor.kind == "clock" and not _is_due(order, now):
        return _M.TOO_EARLY
    if order.state is State.PART_SHIPPED:
        cancel(RECEIVED_IN_PART)
        if order.refunded == order.total:
            return _M.DONE
    _receive(order, now)
    return _M.DONE


def _receive(order: Order, now: datetime) -> None:
    assert order.rules is not None
    order.state = State.RECEIVED
    order.received_at = now
    order.due_at = now + timedelta(days=order.rules.settle_days if order.settle_days is None else order.settle_days)


def judge_settle(order: Order, command: SettleOrder, now: datetime) -> MoveStatus:
    """Let the shop withdraw the money."""
    if order.state is State.COMPLETED:
        return _M.EXISTS
    if not may(Verb.SETTLE, order.state, command.actor.kind):
        return _M.NOT_ALLOWED_NOW
    if not _is_due(order, now):
        return _M.TOO_EARLY
    order.state = State.COMPLETED
    order.settled_at = now
    order.due_at = None
    return _M.DONE


def unfreezing(order: Order, actor: Actor) -> RequestUnfreezing:
    """Say what a channel that holds an order's money is to let go: the shop's part of what is left of it."""
    assert order.payment_id is not None
    assert order.channel is not None
    return RequestUnfreezing(
        order_id=order.id,
        shop_id=order.shop_id,
        payment_id=order.payment_id,
        channel=order.channel,
        amount=order.earned,
        frozen=order.total - order.refunded,
        actor=actor,
    )


def _is_due(order: Order, now: datetime) -> bool:
    return order.due_at is not None and order.due_at <= now
