"""The trade once more, as plainly as it can be said: one act after another, on dictionaries. Tests compare with it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass
class NaiveOrder:
    """An order of one line."""

    shop_id: UUID
    buyer_id: UUID
    sku_id: UUID
    quantity: int
    total: int
    """What it costs; less, when something is cancelled."""
    due_at: datetime | None
    state: str = "created"
    shipped: int = 0
    cancelled: int = 0
    payment_id: UUID | None = None
    paid_at: datetime | None = None
    prolonged: bool = False
    refunded: bool = False
    parcels: dict[UUID, tuple[str, int]] = field(default_factory=dict)
    rejected: set[UUID] = field(default_factory=set)


class NaiveTrade:
    """One shop with its prices and free stock, and the orders that it has. The rules are the program's defaults."""

    def __init__(self, shop_id: UUID, owner_id: UUID, prices: dict[UUID, int], stock: int) -> None:
        self.shop_id = shop_id
        self.owner_id = owner_id
        self.prices = prices
        self.on_hand = dict.fromkeys(prices, stock)
        self.held = dict.fromkeys(prices, 0)
        self.sold = dict.fromkeys(prices, 0)
        self.orders: dict[UUID, NaiveOrder] = {}
        self.escrow: dict[UUID, int] = {}
        self.pending = 0
        self.available = 0

    def place(self, c: Any, now: datetime) -> str:
        (item,) = c.items
        there = self.orders.get(c.id)
        if there:
            same = (there.buyer_id, there.sku_id, there.quantity) == (c.buyer_id, item.sku_id, item.quantity)
            return "exists" if same else "exists_with_different_order"
        if not 1 <= item.quantity <= 999:
            return "quantity_out_of_range"
        if item.sku_id not in self.prices:
            return "sku_not_found"
        if c.buyer_id == self.owner_id:
            return "own_shop"
        if item.price != self.prices[item.sku_id]:
            return "price_changed"
        if self.on_hand[item.sku_id] - self.held[item.sku_id] < item.quantity:
            return "sold_out"
        self.held[item.sku_id] += item.quantity
        self.orders[c.id] = NaiveOrder(
            self.shop_id, c.buyer_id, item.sku_id, item.quantity, item.price * item.quantity, now + 15 * MINUTE
        )
        return "placed"

    def find(self, c: Any) -> NaiveOrder | None:
        order = self.orders.get(c.order_id)
        if order is None:
            return None
        if c.actor.kind == "buyer" and c.actor.person_id != order.buyer_id:
            return None
        if c.actor.kind == "merchant" and c.shop_id != order.shop_id:
            return None
        return order

    def is_over(self, order: NaiveOrder, now: datetime) -> bool:
        return order.due_at is not None and order.due_at <= now

    def close(self, c: Any, now: datetime) -> str:
        order = self.find(c)
        if order is None:
            return "order_not_found"
        if order.state == "closed":
            return "exists"
        if order.state != "created":
            return "not_allowed_now"
        if c.actor.kind == "clock" and not self.is_over(order, now):
            return "too_early"
        order.state, order.due_at = "closed", None
        self.held[order.sku_id] -= order.quantity
        return "done"

    def take(self, c: Any, now: datetime) -> str:
        order = self.orders.get(c.order_id)
        if order is None:
            return "closed"
        status = self._take(order, c)
        if status != "held":
            order.rejected.add(c.payment_id)
        elif order.payment_id is None:
            order.state, order.payment_id, order.paid_at = "paid", c.payment_id, now
            order.due_at = now + 14 * DAY
            self.escrow[c.order_id] = order.total
        return status

    def _take(self, order: NaiveOrder, c: Any) -> str:
        if order.payment_id == c.payment_id:
            return "held"
        if order.payment_id:
            return "already_paid"
        if c.payment_id in order.rejected:
            return "closed" if order.state == "closed" else "amount_differs"
        if c.amount != order.total:
            return "amount_differs"
        if order.state == "closed":
            if self.on_hand[order.sku_id] - self.held[order.sku_id] < order.quantity:
                return "closed"
            self.held[order.sku_id] += order.quantity
        return "held"

    def reprice(self, c: Any, _: datetime) -> str:
        order = self.find(c)
        if order is None:
            return "order_not_found"
        if order.state != "created" or c.actor.kind != "merchant":
            return "not_allowed_now"
        goods = self.prices[order.sku_id] * order.quantity
        if c.conceded == goods - order.total:
            return "exists"
        if c.total != order.total:
            return "total_changed"
        if not 0 <= c.conceded <= goods - order.quantity:
            return "amounts_invalid"
        order.total = goods - c.conceded
        return "done"

    def refund(self, c: Any, now: datetime) -> str:
        order = self.find(c)
        if order is None:
            return "order_not_found"
        if order.state == "refunded":
            return "exists"
        if order.state != "paid" or c.actor.kind not in ("merchant", "clock"):
            return "not_allowed_now"
        if c.actor.kind == "clock" and not self.is_over(order, now):
            return "too_early"
        order.state, order.due_at = "refunded", None
        self.held[order.sku_id] -= order.quantity
        self.escrow[c.order_id] = 0
        return "done"

    def cancel(self, c: Any, now: datetime) -> str:
        order = self.find(c)
        if order is None:
            return "order_not_found"
        if order.state != "part_shipped" or c.actor.kind not in ("merchant", "clock"):
            return "exists" if order.cancelled and order.state != "refunded" else "not_allowed_now"
        if c.actor.kind == "clock" and not self.is_over(order, now):
            return "too_early"
        self.leave_out(order, c.order_id)
        order.state, order.due_at = "shipped", now + 10 * DAY
        return "done"

    def leave_out(self, order: NaiveOrder, order_id: UUID) -> None:
        """Give back what was not sent: there is no freight, and no coupon."""
        order.cancelled = order.quantity - order.shipped
        self.held[order.sku_id] -= order.cancelled
        back = order.total * order.cancelled // order.quantity
        order.total -= back
        self.escrow[order_id] -= back

    def ship(self, c: Any, now: datetime) -> str:
        order = self.find(c)
        if order is None:
            return "order_not_found"
        if c.id in order.parcels:
            number, quantity = order.parcels[c.id]
            same = number == c.tracking_number and (c.lines is None or c.lines == ((1, quantity),))
            return "exists" if same else "exists_with_different_parcel"
        if order.state not in ("paid", "part_shipped") or c.actor.kind != "merchant":
            return "not_allowed_now"
        left = order.quantity - order.shipped
        if c.lines is None:
            quantity = left
        elif len(c.lines) == 1 and c.lines[0][0] == 1 and 1 <= c.lines[0][1] <= left:
            quantity = c.lines[0][1]
        else:
            return "lines_invalid"
        if not c.tracking_number:
            return "parcel_invalid"
        order.parcels[c.id] = (c.tracking_number, quantity)
        order.shipped += quantity
        self.on_hand[order.sku_id] -= quantity
        self.held[order.sku_id] -= quantity
        self.sold[order.sku_id] += quantity
        if order.shipped == order.quantity:
            order.state, order.due_at = "shipped", now + 10 * DAY
        else:
            order.state, order.due_at = "part_shipped", now + 14 * DAY
        return "done"

    def prolong(self, c: Any, _: datetime) -> str:
        order = self.find(c)
        if order is None:
            return "order_not_found"
        if order.state != "shipped" or c.actor.kind not in ("buyer", "merchant"):
            return "not_allowed_now"
        assert order.due_at
        if order.due_at == c.due_at + c.days * DAY:
            return "exists"
        if c.actor.kind == "buyer" and order.prolonged:
            return "already_prolonged"
        if c.days not in ((3,) if c.actor.kind == "buyer" else (3, 5, 7, 10)):
            return "days_not_allowed"
        if order.due_at != c.due_at:
            return "deadline_moved"
        order.due_at += c.days * DAY
        order.prolonged = order.prolonged or c.actor.kind == "buyer"
        return "done"

    def confirm(self, c: Any, now: datetime) -> str:
        order = self.find(c)
        if order is None:
            return "order_not_found"
        if order.state in ("received", "completed"):
            return "exists"
        people = {"shipped": ("buyer", "clock"), "part_shipped": ("buyer",)}
        if c.actor.kind not in people.get(order.state, ()):
            return "not_allowed_now"
        if c.actor.kind == "clock" and not self.is_over(order, now):
            return "too_early"
        if order.state == "part_shipped":
            self.leave_out(order, c.order_id)
        order.state, order.due_at = "received", now + DAY
        self.escrow[c.order_id] = 0
        self.pending += order.total
        return "done"

    def settle(self, c: Any, now: datetime) -> str:
        order = self.find(c)
        if order is None:
            return "order_not_found"
        if order.state == "completed":
            return "exists"
        if order.state != "received" or c.actor.kind != "clock":
            return "not_allowed_now"
        if not self.is_over(order, now):
            return "too_early"
        order.state, order.due_at = "completed", None
        self.pending -= order.total
        self.available += order.total
        return "done"
