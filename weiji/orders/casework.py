"""What cases of after-sale do to their orders: the clock stands, units are not sent, money goes back.

Which cases there are, and what becomes of them, is for the module above (`aftersale`). It locks the orders here, says
what each case does, and has it written, posted and told by `Casework.write`, in its own transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji import escrow
from weiji.events import BY_CHANNEL, Actor, Occurrence, publish
from weiji.events.orders import RefundOrdered
from weiji.inventory import MoveKind, StockMove, StockStatus, move_stock
from weiji.kit.db import Transaction
from weiji.kit.money import allocate, share_so_far
from weiji.orders import couponing, store
from weiji.orders.machine import State
from weiji.orders.model import Line, Order

HELD: Final = frozenset({State.PAID, State.PART_SHIPPED, State.SHIPPED})
"""States in which the order's money is in its escrow."""

RELEASED: Final = frozenset({State.RECEIVED, State.COMPLETED})
"""States in which the shop has it."""


def may_ask_aftersale(order: Order, now: datetime) -> bool:
    """Tell whether a buyer may still ask for something about an order: from payment until some days after receipt.

    Card keys can be given back unseen without asking; before they are handed out there is nothing to ask about.
    """
    assert order.rules is not None
    if order.state in HELD:
        return not order.is_virtual or order.keys_shown_at is not None
    return (
        order.state in RELEASED
        and order.received_at is not None
        and now < order.received_at + order.rules.aftersale_for
    )


class Bounds(Struct, frozen=True):
    """What may be asked back for units of a line (fen): at least, of itself, and at most."""

    least: int
    usual: int
    most: int


def refund_bounds(order: Order, line: Line, units: int, *, is_unsent: bool) -> Bounds:
    """Say what may go back for *units* of a line, by its frozen shares.

    Units that were not sent come with their whole price, and with their freight as long as nothing of the order was
    sent; after that freight is what buyer and shop agree on. What was given back before is taken off, and what units
    cost that were not sent yet is kept for them. Differences of what all units up to these have cost are taken, so
    that however many refunds there are, they add up to the line.
    """
    assert line.shares is not None
    whole = line.shares.goods + line.shares.freight
    done = line.cancelled + line.returned

    def share(part: int) -> int:
        return share_so_far(part, line.quantity, done + units) - share_so_far(part, line.quantity, done)

    goods, freight = share(line.shares.goods), share(line.shares.freight)
    if is_unsent:
        least = min(goods, whole - line.refunded)
        most = min(goods + freight, whole - line.refunded)
        if order.units_shipped == 0:
            return Bounds(most, most, most)
        return Bounds(least, least, most)
    sent = share_so_far(whole, line.quantity, line.quantity - line.left) - line.refunded
    most = max(0, min(goods + freight, sent))
    least = min(1, most)
    return Bounds(least, max(least, min(goods, most)), most)


class GiveBack(Struct, frozen=True, kw_only=True):
    """Money of a line that goes back: for units that were not sent (`cancelled`) or that came back (`returned`)."""

    order: Order
    line: Line
    refund_id: UUID
    amount: int
    actor: Actor
    reason: str
    cancelled: int = 0
    returned: int = 0
    is_restocked: bool = False
    """Whether what came back can be sold again."""
    disputed_by: UUID | None = None
    """The case by which it was awarded; what that holds of a settled order is freed."""


def _whole(line: Line) -> int:
    assert line.shares is not None
    return line.shares.goods + line.shares.freight


class Casework:
    """What a batch of cases does to locked orders. The orders change at once, the database when it is written."""

    def __init__(self, orders: dict[UUID, Order], now: datetime) -> None:
        self.orders = orders
        self.now = now
        self._changed: dict[UUID, Order] = {}
        self._chains: list[escrow.Chain] = []
        self._moves: list[StockMove] = []
        self._told: list[Occurrence] = []
        self._spared: list[tuple[Actor, Order]] = []

    @classmethod
    async def lock(cls, tx: Transaction, ids: Sequence[UUID]) -> "Casework":
        """Lock orders with their lines until *tx* ends; those that do not exist are left out. Two statements."""
        orders = await store.lock_orders(tx, ids)
        if orders:
            await store.read_lines(tx, orders)
        return cls(orders, tx.now)

    def open_case(self, order: Order, line: Line, withheld: int) -> None:
        """Let a case begin: the order's clock stands, and *withheld* units of the line are not sent meanwhile."""
        self._stop_clock(order)
        line.withheld += withheld

    def end_case(self, order: Order, line: Line, withheld: int, at_least: timedelta = timedelta(0)) -> None:
        """Let a case end: after the last one the order's clock runs on, with what was left, or *at_least* so much."""
        line.withheld -= withheld
        self._let_clock_run(order, at_least)

    def stop(self, order: Order) -> None:
        """Let a channel's dispute of the payment begin: the clock stands, and nothing else is asked for meanwhile."""
        self._stop_clock(order)
        order.open_chargebacks += 1

    def go_on(self, order: Order) -> None:
        """Let it end: the clock runs on with what was left."""
        order.open_chargebacks -= 1
        self._let_clock_run(order, timedelta(0))

    def _stop_clock(self, order: Order) -> None:
        if order.due_at is not None:
            order.time_left = max(order.due_at - self.now, timedelta(0))
            order.due_at = None
        order.open_cases += 1
        self._changed[order.id] = order

    def _let_clock_run(self, order: Order, at_least: timedelta) -> None:
        order.open_cases -= 1
        if order.time_left is not None:
            order.time_left = max(order.time_left, at_least)
            if not order.open_cases:
                order.start_clock(self.now, order.time_left)
        self._changed[order.id] = order

    def charge_back(self, order: Order, case_id: UUID, amount: int) -> tuple[int, int]:
        """Note that the payer has *amount* again by way of the channel; give the fee and the subsidy that go with it.

        It is taken off the lines in proportion to what is left of them. An order without money is over: what was not
        sent is not sent any more.
        """
        left = [_whole(line) - line.refunded for line in order.lines]
        fee = subsidy = 0
        for line, part in zip(order.lines, allocate(amount, left), strict=True):
            subsidy += _subsidy_of(line, part)
            fee += _fee_of(line, part)
            line.refunded += part
        order.refunded += amount
        order.fee_refunded += fee
        order.subsidy_refunded += subsidy
        if subsidy:
            self._told.append(couponing.returned(order, case_id, subsidy, BY_CHANNEL))
        if order.state in HELD and order.refunded == order.total:
            for line in order.lines:
                if line.left:
                    self._move(order, MoveKind.RELEASE, line, line.left)
                    order.units -= line.left
                    line.cancelled += line.left
            if order.coupons:
                self._spared.append((BY_CHANNEL, order))
            order.state, order.refund_id, order.refund_reason = State.REFUNDED, case_id, "chargeback"
            order.refunded_at, order.time_left = self.now, None
        self._changed[order.id] = order
        return fee, subsidy

    def give_back(self, back: GiveBack) -> None:
        """Send money back. Units that are not sent are no longer withheld; an order without money is over."""
        order, line = back.order, back.line
        assert order.rules is not None
        fee = _fee_of(line, back.amount)
        subsidy = _subsidy_of(line, back.amount)
        line.refunded += back.amount
        order.refunded += back.amount
        order.subsidy_refunded += subsidy
        order.fee_refunded += fee
        line.withheld -= back.cancelled
        line.cancelled += back.cancelled
        order.units -= back.cancelled
        line.returned += back.returned
        if back.cancelled:
            self._move(order, MoveKind.RELEASE, line, back.cancelled)
        if back.returned and back.is_restocked:
            self._move(order, MoveKind.PUT_BACK, line, back.returned)
        if back.disputed_by and order.state is State.COMPLETED:
            self._chains.append(
                escrow.give_back_disputed(
                    order.id, order.shop_id, back.disputed_by, back.refund_id, back.amount, fee, subsidy=subsidy
                )
            )
        elif order.state in HELD:
            self._chains.append(escrow.refund(order.id, back.refund_id, back.amount, subsidy=subsidy))
            self._take_on(order, back)
        else:
            is_settled = order.state is State.COMPLETED
            self._chains.append(
                escrow.give_back(
                    order.id,
                    order.shop_id,
                    back.refund_id,
                    back.amount,
                    fee,
                    is_settled=is_settled,
                    subsidy=subsidy,
                )
            )
        if subsidy:
            self._told.append(couponing.returned(order, back.refund_id, subsidy, back.actor))
        self._changed[order.id] = order
        assert order.payment_id is not None
        event = RefundOrdered(
            payment_id=order.payment_id,
            payer_id=order.buyer_id,
            order_id=order.id,
            amount=back.amount,
            refund_id=back.refund_id,
            reason=back.reason,
        )
        self._told.append(Occurrence(event, order.shop_id, order.id, back.actor))

    def post(self, chains: Sequence[escrow.Chain]) -> None:
        """Have chains posted with the rest, after the stock is moved."""
        self._chains += chains

    @property
    def chains(self) -> Sequence[escrow.Chain]:
        """What is to be posted, in order."""
        return self._chains

    @property
    def moves(self) -> Sequence[StockMove]:
        """What is to be moved of the stock, in order."""
        return self._moves

    @property
    def told(self) -> Sequence[Occurrence]:
        """What is to be published, in order."""
        return self._told

    def hold(self, order: Order, line: Line, case_id: UUID, amount: int) -> None:
        """Hold what is disputed of an order that the shop may withdraw the money of. Before that, its clock stands."""
        if order.state is State.COMPLETED:
            subsidy = _subsidy_of(line, amount)
            self._chains.append(escrow.dispute(order.id, order.shop_id, case_id, amount, subsidy=subsidy))

    def let_go(self, order: Order, case_id: UUID) -> None:
        """Free what a dispute holds."""
        if order.state is State.COMPLETED:
            self._chains.append(escrow.let_go(order.id, case_id))

    def put_back(self, order: Order, line: Line, units: int) -> None:
        """Let units that came back be sold again, though no money goes back for them."""
        self._move(order, MoveKind.PUT_BACK, line, units)

    def _take_on(self, order: Order, back: GiveBack) -> None:
        """Take an order on that has less money, or fewer units, than before."""
        assert order.rules is not None
        if order.refunded == order.total:
            if order.coupons:
                self._spared.append((back.actor, order))
            order.state = State.REFUNDED
            order.refund_id = back.refund_id
            order.refund_reason = back.reason
            order.time_left = None
        elif order.state is State.PART_SHIPPED and order.units_shipped == order.units:
            order.state = State.SHIPPED
            order.shipped_at = self.now
            order.start_clock(self.now, order.rules.confirm_after)

    def _move(self, order: Order, kind: MoveKind, line: Line, units: int) -> None:
        self._moves.append(StockMove(order_id=order.id, kind=kind, lines=((line.sku_id, units),)))

    async def write(self, tx: Transaction, told: Sequence[Occurrence]) -> None:
        """Move the stock, write the orders, post, and publish RefundOrdered for what goes back, then what is *told*.

        All of it is published at once, and last: two who lock heads of streams twice may wait for each other.
        """
        if self._spared:
            self._told += await couponing.give_back(tx, self._spared)
        if self._moves:
            statuses = await move_stock(tx, self._moves)
            assert all(status is StockStatus.MOVED for status in statuses), f"the stock is gone: {statuses}"
        if self._changed:
            await store.write_cases(tx, list(self._changed.values()))
        await escrow.post(tx, self._chains)
        await publish(tx, [*self._told, *told])


def _fee_of(line: Line, amount: int) -> int:
    assert line.shares is not None
    return _share_of(line, line.shares.fee, amount)


def _subsidy_of(line: Line, amount: int) -> int:
    return _share_of(line, line.shares.subsidy, amount) if line.shares else 0


def _share_of(line: Line, part: int, amount: int) -> int:
    """Say what of a line's frozen *part* goes back with an *amount* to the buyer, by the cumulative method."""
    whole = _whole(line)
    return share_so_far(part, whole, line.refunded + amount) - share_so_far(part, whole, line.refunded)
