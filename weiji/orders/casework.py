"""What cases of after-sale do to their orders: the clock stands, units are not sent, money goes back.

Which cases there are, and what becomes of them, is for the module above (`aftersale`). It locks the orders here, says
what each case does, and has it written, posted and told by `Casework.write`, in its own transaction. Units that are
cancelled without a case go the same way.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji import escrow
from weiji.card_keys import take_back_keys
from weiji.events import BY_CHANNEL, BY_SYSTEM, Actor, Event, Occurrence, publish
from weiji.events.orders import (
    OrderChargedBack,
    OrderDelivered,
    OrderReceived,
    RefundOrdered,
    TradeReduced,
    UnsentCancelled,
)
from weiji.inventory import MoveKind, StockMove, StockStatus, lock_stock, move_stock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.kit.money import allocate, share_so_far
from weiji.orders import couponing, handing_out, store
from weiji.orders.machine import State
from weiji.orders.model import Line, Order
from weiji.orders.rules import CHARGED_BACK, hasten
from weiji.orders.trade_rules import TradeRules

HELD: Final = frozenset({State.PAID, State.PART_SHIPPED, State.SHIPPED})
"""States in which the order's money is in its escrow."""

RELEASED: Final = frozenset({State.RECEIVED, State.COMPLETED})
"""States in which the shop has it."""


def may_ask_aftersale(order: Order, now: datetime, line: Line | None = None) -> bool:
    """Tell whether a buyer may still ask for something about a line, or any, of an order: from payment until some days
    after receipt. They begin anew with what is sent in exchange, or given back, which has as long to arrive as a first
    parcel.

    Card keys can be given back unseen without asking; before they are handed out there is nothing to ask about.
    """
    rules = order.rules
    assert rules is not None
    if order.state in HELD:
        return not order.is_virtual or order.keys_shown_at is not None
    if order.state not in RELEASED or order.received_at is None:
        return False
    lines = order.lines if line is None else [line]
    return any(now < _asking_of(order, each).ends_at for each in lines)


def may_return_for_no_reason(order: Order, now: datetime, line: Line) -> bool:
    """Tell whether units of a line that were sent may come back for no reason, by the terms they were ordered under."""
    if line.no_reason_days == 0 or order.received_at is None:
        return line.no_reason_days != 0
    asking = _asking_of(order, line)
    # Before such terms there was no difference.
    return now < end_of_days(asking.begins_at, line.no_reason_days or asking.days)


class Asking(Struct, frozen=True, kw_only=True):
    """What says how long something may be asked about a line that was received."""

    rules: TradeRules
    received_at: datetime
    replaced_at: datetime | None
    given_back_at: datetime | None
    no_reason_days: int | None
    aftersale_days: int | None

    @property
    def days(self) -> int:
        """How many days they have to ask for something."""
        return self.rules.aftersale_days if self.aftersale_days is None else self.aftersale_days

    @property
    def begins_at(self) -> datetime:
        """When the buyer has what they ordered, or what was sent in exchange: from then on days are counted."""
        return self._arrived(self.replaced_at)

    @property
    def ends_at(self) -> datetime:
        """Until when they may ask. What is given back to them may not have come, or not be what they sent."""
        # Who may send it back for no reason may ask to.
        end = end_of_days(self.begins_at, max(self.days, self.no_reason_days or 0))
        again = end_of_days(self._arrived(self.given_back_at), self.days) if self.given_back_at else end
        return max(end, again)

    def _arrived(self, sent_at: datetime | None) -> datetime:
        return self.received_at if sent_at is None else max(self.received_at, sent_at + self.rules.confirm_after)


def _asking_of(order: Order, line: Line) -> Asking:
    assert order.rules is not None
    assert order.received_at is not None
    return Asking(
        rules=order.rules,
        received_at=order.received_at,
        replaced_at=line.replaced_at,
        given_back_at=line.given_back_at,
        no_reason_days=line.no_reason_days,
        aftersale_days=line.aftersale_days,
    )


def end_of_days(begin: datetime, days: int) -> datetime:
    """Say when *days* after something are over: at the end of the last, in Shanghai; the day of *begin* is not counted.

    So people count, and so does the law where goods come back for no reason: from the day after receipt
    (《网络购买商品七日无理由退货暂行办法》). No days are none, of the day itself, too.
    """
    if not days:
        return begin
    midnight = datetime.combine(begin.astimezone(SHANGHAI), time.min, SHANGHAI)
    return midnight + timedelta(days=days + 1)


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
    that however many refunds there are, they add up to the line: where the buyer keeps what was sent and has all of
    its money again, units come behind that, and the last has what is left.
    """
    assert line.shares is not None
    shares, whole = line.shares, _whole(line)
    gone = line.quantity - line.left

    def upto(part: int, units: int) -> int:
        return share_so_far(part, line.quantity, units)

    sent = upto(shares.goods, gone) + upto(shares.freight, gone) - line.refunded
    done = gone if is_unsent and sent <= 0 else line.cancelled + line.returned
    goods = upto(shares.goods, done + units) - upto(shares.goods, done)
    freight = upto(shares.freight, done + units) - upto(shares.freight, done)
    if is_unsent:
        least = min(goods, whole - line.refunded)
        most = min(goods + freight, whole - line.refunded)
        if order.units_shipped == 0:
            return Bounds(most, most, most)
        return Bounds(least, least, most)
    most = max(0, min(goods + freight, sent))
    least = min(1, most)
    return Bounds(least, max(least, min(goods, most)), most)


def unsent_of(order: Order) -> int:
    """Say how much goes back if what was not sent is cancelled (fen)."""
    return sum(_unsent_share(order, line) for line in order.lines)


def _unsent_share(order: Order, line: Line) -> int:
    return refund_bounds(order, line, line.left, is_unsent=True).usual if line.left else 0


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
    sent_by: Sequence[tuple[UUID, UUID, int]] = ()
    """By which ids what came back left the stock, which SKUs that is, and how many units of each."""
    disputed_by: UUID | None = None
    """The case by which it was awarded; it comes out of what that holds of a settled order first."""


def _whole(line: Line) -> int:
    assert line.shares is not None
    return line.shares.goods + line.shares.freight


def left_of(line: Line) -> int:
    """Say what of a line has not gone back (fen)."""
    return _whole(line) - line.refunded


class Casework:
    """What a batch of cases does to locked orders. The orders change at once, the database when it is written."""

    def __init__(self, orders: dict[UUID, Order], now: datetime, held: Mapping[UUID, int] | None = None) -> None:
        """Work on orders; *held* says what disputes hold of those that are settled, by case."""
        self.orders = orders
        self.now = now
        self._changed: dict[UUID, Order] = {}
        self._chains: list[escrow.Chain] = []
        self._moves: list[StockMove] = []
        self._told: list[Occurrence] = []
        self._spared: list[tuple[Actor, Order]] = []
        self._unseen: list[Order] = []
        self._held = dict(held or {})

    @classmethod
    async def lock(cls, tx: Transaction, ids: Sequence[UUID]) -> "Casework":
        """Lock orders with their lines until *tx* ends; those that do not exist are left out.

        Two statements, and one for the parcels of those that are shipped in part.
        """
        work = cls(await store.lock_orders(tx, ids), tx.now)
        if work.orders:
            await store.read_lines(tx, work.orders)
            await work.read_parcels(tx)
        return work

    async def read_parcels(self, tx: Transaction) -> None:
        """Read the parcels of orders that are shipped in part: whether they arrived counts, if they are all."""
        if part := {id: order for id, order in self.orders.items() if order.state is State.PART_SHIPPED}:
            await store.read_parcels(tx, part)

    async def read_holds(self, tx: Transaction, disputes: Sequence[tuple[UUID, UUID]]) -> None:
        """Read what disputes hold of settled orders, by order and case: awards come out of that first."""
        settled = [each for each in disputes if self.orders[each[0]].state is State.COMPLETED]
        self._held |= await escrow.get_held(tx, settled)

    def open_case(self, order: Order, line: Line, withheld: int) -> None:
        """Let a case begin: the order's clock stands, and *withheld* units of the line are not sent meanwhile."""
        self._stop_clock(order)
        line.withheld += withheld

    def end_case(self, order: Order, line: Line, withheld: int, at_least: timedelta = timedelta(0)) -> None:
        """Let a case end: after the last one the order's clock runs on, with what was left, or *at_least* so much."""
        line.withheld -= withheld
        self._let_clock_run(order, at_least)

    def withhold_no_more(self, order: Order, line: Line, units: int) -> None:
        """Let units of a line go that a case withheld, which goes on."""
        line.withheld -= units
        self._changed[order.id] = order

    def replace(self, order: Order, line: Line) -> None:
        """Note that something was sent anew for a line: the days for asking about it begin anew."""
        line.replaced_at = self.now
        self._changed[order.id] = order

    def note_given_back(self, order: Order, line: Line) -> None:
        """Note that what came back of a line is on its way to the buyer: they have days to ask about it again."""
        line.given_back_at = self.now
        self._changed[order.id] = order

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
        sent is not sent any more, and card keys that nobody has seen can be sold again.
        """
        left = [left_of(line) for line in order.lines]
        fee = subsidy = 0
        for line, part in zip(order.lines, allocate(amount, left), strict=True):
            taken = _take_off(order, line, part)
            fee, subsidy = fee + taken[0], subsidy + taken[1]
        if amount:
            self.tell(order, OrderChargedBack(buyer_id=order.buyer_id, case_id=case_id, amount=amount), BY_CHANNEL)
        if subsidy:
            self._told.append(couponing.returned(order, case_id, subsidy, BY_CHANNEL))
        if order.state in HELD and order.refunded == order.total:
            for line in order.lines:
                self._cancel(order, line, line.left)
            if order.coupons:
                self._spared.append((BY_CHANNEL, order))
            order.state, order.refund_id, order.refund_reason = State.REFUNDED, case_id, CHARGED_BACK
            order.refunded_at, order.time_left = self.now, None
        self._take_keys_back(order)
        self._tell_reduced(order, BY_CHANNEL)
        self._changed[order.id] = order
        return fee, subsidy

    def give_back(self, back: GiveBack) -> None:
        """Send money back. Units that are not sent are no longer withheld; an order without money is over."""
        order, line = back.order, back.line
        fee, subsidy = _take_off(order, line, back.amount)
        line.withheld -= back.cancelled
        self._cancel(order, line, back.cancelled)
        line.returned += back.returned
        if back.returned and back.is_restocked:
            self.put_back(back.sent_by)
        if back.disputed_by and order.state is State.COMPLETED:
            self._chains.append(
                escrow.give_back_disputed(
                    order.id,
                    order.shop_id,
                    back.disputed_by,
                    back.refund_id,
                    back.amount,
                    fee,
                    held=self._held.get(back.disputed_by, 0),
                    subsidy=subsidy,
                )
            )
        elif order.state in HELD:
            self._chains.append(escrow.refund(order.id, back.refund_id, back.amount, subsidy=subsidy))
            self._take_on(order, back.refund_id, back.actor, back.reason)
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
        self._take_keys_back(order)
        self._changed[order.id] = order
        of_shop = back.amount - fee + subsidy
        self._tell_refund(order, back.refund_id, back.amount, back.actor, back.reason, of_shop=of_shop)
        self._tell_reduced(order, back.actor)

    def cancel_unsent(self, order: Order, actor: Actor, reason: str) -> None:
        """Cancel what of an order was not sent, all lines by one refund, each by its share (`refund_bounds`).

        It goes on with what was sent; without money, it is over.
        """
        refund_id = derive(order.id, "unsent")
        units = amount = subsidy = 0
        for line in order.lines:
            share = _unsent_share(order, line)
            units += line.left
            amount += share
            subsidy += _take_off(order, line, share)[1]
            self._cancel(order, line, line.left)
        self._changed[order.id] = order
        if amount:
            self._chains.append(escrow.refund(order.id, refund_id, amount, subsidy=subsidy))
            self._tell_refund(order, refund_id, amount, actor, reason)
        if subsidy:
            self._told.append(couponing.returned(order, refund_id, subsidy, actor))
        event = UnsentCancelled(buyer_id=order.buyer_id, units=units, amount=amount, reason=reason)
        self.tell(order, event, actor)
        self._take_on(order, refund_id, actor, reason)

    def tell(self, order: Order, event: Event, actor: Actor) -> None:
        """Have an event of an order published, after those that are to be already."""
        self._told.append(Occurrence(event, order.shop_id, order.id, actor))

    def receive(self, order: Order, actor: Actor, *, is_part_shipped: bool = False) -> None:
        """Give the money of an order that was received just now to its shop, less the fee, and tell of it."""
        assert order.due_at is not None
        left, fee, subsidy = (
            order.total - order.refunded,
            order.fee - order.fee_refunded,
            order.subsidy - order.subsidy_refunded,
        )
        event = OrderReceived(amount=order.gross, fee=fee, due_at=order.due_at, is_part_shipped=is_part_shipped)
        self.tell(order, event, actor)
        self.post([escrow.release(order.id, order.shop_id, left, fee, subsidy=subsidy)])

    def _tell_reduced(self, order: Order, actor: Actor) -> None:
        if order.state is State.COMPLETED:
            self.tell(order, TradeReduced(buyer_id=order.buyer_id, paid=order.total - order.refunded), actor)

    def _tell_refund(
        self, order: Order, refund_id: UUID, amount: int, actor: Actor, reason: str, *, of_shop: int | None = None
    ) -> None:
        assert order.payment_id is not None
        is_settled = order.state is State.COMPLETED
        event = RefundOrdered(
            payment_id=order.payment_id,
            payer_id=order.buyer_id,
            order_id=order.id,
            amount=amount,
            refund_id=refund_id,
            reason=reason,
            is_settled=is_settled,
            of_shop=of_shop if is_settled else None,
        )
        self.tell(order, event, actor)

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
    def moved_skus(self) -> set[UUID]:
        """Whose stock is to be moved, that of card keys included."""
        moved = {sku_id for move in self._moves for sku_id, _ in move.lines}
        return moved | {line.sku_id for order in self._unseen for line in order.lines}

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

    def pay_postage(self, order: Order, case_id: UUID, amount: int) -> None:
        """Have the shop pay what sending goods back cost the buyer."""
        self._chains.append(escrow.pay_postage(order.id, order.shop_id, case_id, amount))

    def put_back(self, sent_by: Sequence[tuple[UUID, UUID, int]]) -> None:
        """Let units be sold again that came back: by whose id they left, an order's or a case's; the SKU; how many."""
        self._moves += [
            StockMove(order_id=holder_id, kind=MoveKind.PUT_BACK, lines=((sku_id, units),))
            for holder_id, sku_id, units in sent_by
        ]

    def free(self, holder_id: UUID, sku_id: UUID, units: int) -> None:
        """Free units that were held for a case, and are not sent."""
        self._moves.append(StockMove(order_id=holder_id, kind=MoveKind.RELEASE, lines=((sku_id, units),)))

    def _take_on(self, order: Order, refund_id: UUID, actor: Actor, reason: str) -> None:
        """Take an order on that has less money, or fewer units, than before."""
        assert order.rules is not None
        if order.refunded == order.total:
            # After a channel took a part, units may be left that have no money any more: nobody sends them.
            for line in order.lines:
                self._cancel(order, line, line.sendable)
            if order.coupons:
                self._spared.append((actor, order))
            order.state = State.REFUNDED
            order.refund_id = refund_id
            order.refund_reason = reason
            order.due_at = order.time_left = None
        elif order.state is State.PART_SHIPPED and order.units_shipped == order.units:
            order.state = State.SHIPPED
            order.shipped_at = self.now
            order.start_clock(self.now, order.rules.confirm_after)
            before = order.due_at, order.time_left
            if hasten(order, self.now):
                event = OrderDelivered(due_at=order.due_at, is_sooner=(order.due_at, order.time_left) != before)
                self.tell(order, event, BY_SYSTEM)

    def _take_keys_back(self, order: Order) -> None:
        """Put the card keys of an order without money back that its buyer has not seen, nor will."""
        if order.refunded == order.total and handing_out.is_unseen(order):
            self._unseen.append(order)

    def _cancel(self, order: Order, line: Line, units: int) -> None:
        if units:
            self._move(order, MoveKind.RELEASE, line, units)
            order.units -= units
            line.cancelled += units

    def _move(self, order: Order, kind: MoveKind, line: Line, units: int) -> None:
        self._moves.append(StockMove(order_id=order.id, kind=kind, lines=((line.sku_id, units),)))

    async def lock_stock(self, tx: Transaction, sku_ids: Collection[UUID]) -> None:
        """Lock stock until *tx* ends, all at once and before it is moved, behind the coupons of the orders.

        An order without money gives its coupons back, and whoever places one locks coupons before stock, too.
        """
        await couponing.lock(tx, self.orders.values())
        await lock_stock(tx, sku_ids)

    async def lock_sales(self, tx: Transaction) -> None:
        """Lock what the shops of the orders were paid, behind stock: where something is posted before that changes."""
        await store.lock_sales(tx, {order.shop_id for order in self.orders.values()})

    async def write(self, tx: Transaction) -> None:
        """Do what it comes to, and publish that."""
        await publish(tx, await self.carry_out(tx))

    async def carry_out(self, tx: Transaction) -> list[Occurrence]:
        """Move the stock, write the orders, and post; return what is to be told: RefundOrdered for what goes back.

        A transaction publishes once, and last: two who lock heads of streams twice may wait for each other.
        """
        if self._spared:
            self._told += await couponing.give_back(tx, self._spared)
        if self._unseen:  # In id order, all at once: two who lock stock twice may wait for each other.
            await lock_stock(tx, self.moved_skus)
        if self._moves:
            statuses = await move_stock(tx, self._moves)
            assert all(status is StockStatus.MOVED for status in statuses), f"the stock is gone: {statuses}"
        await take_back_keys(tx, [order.id for order in self._unseen])
        if self._changed:
            await store.write_cases(tx, list(self._changed.values()))
        await escrow.post(tx, self._chains)
        return self._told


def _take_off(order: Order, line: Line, amount: int) -> tuple[int, int]:
    """Note that *amount* of a line goes back; give the fee and the subsidy that go with it."""
    fee, subsidy = _fee_of(line, amount), _subsidy_of(line, amount)
    line.refunded += amount
    order.refunded += amount
    order.fee_refunded += fee
    order.subsidy_refunded += subsidy
    return fee, subsidy


def _fee_of(line: Line, amount: int) -> int:
    assert line.shares is not None
    return _share_of(line, line.shares.fee, amount)


def _subsidy_of(line: Line, amount: int) -> int:
    return _share_of(line, line.shares.subsidy, amount) if line.shares else 0


def _share_of(line: Line, part: int, amount: int) -> int:
    """Say what of a line's frozen *part* goes back with an *amount* to the buyer, by the cumulative method."""
    whole = _whole(line)
    return share_so_far(part, whole, line.refunded + amount) - share_so_far(part, whole, line.refunded)
