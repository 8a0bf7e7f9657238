"""What orders do when payments tell something, and when their clocks run out.

Events of payments lie with the payers, orders with the shops: so commands ride in the batches of the orders' lanes,
and only then is the event taken off the queue. That it may come again changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from weiji import carriers
from weiji.catalog import sift_former_texts
from weiji.events import BY_CLOCK, BY_SYSTEM, Delivered
from weiji.events.payments import PaymentCaptured
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import Deadlines
from weiji.orders import handing_out, operations, store
from weiji.orders.machine import State
from weiji.orders.model import (
    CancelUnsent,
    CloseOrder,
    ConfirmOrder,
    HandOutKeys,
    MoveStatus,
    NoteDelivery,
    NoteRefund,
    RefundOrder,
    SettleOrder,
    TakePayment,
    TakeStatus,
)
from weiji.orders.rules import NOT_SHIPPED
from weiji.payments import close_open_payments

MEET_DEADLINES: Final = "orders.meet_deadlines"

TEXTS_SIFTED_AFTER: Final = timedelta(hours=1)
"""Every order that was placed before a text was changed is written by then."""

TEXTS_KEPT_FROM: Final = timedelta(days=1)
"""What a product said for so long is kept whether or not anybody ordered: it is little."""

COMMITTED_WITHIN: Final = timedelta(minutes=1)
"""A parcel is written in less than this: what was sent before the newest that is followed may be new for so long."""


_BY_CLOCK: Final[Mapping[State, tuple[Any, Callable[[UUID], Any]]]] = {
    State.CREATED: (operations.close_orders, lambda id: CloseOrder(order_id=id, actor=BY_CLOCK)),
    State.PAID: (
        operations.refund_orders,
        lambda id: RefundOrder(order_id=id, actor=BY_CLOCK, reason=NOT_SHIPPED),
    ),
    State.PART_SHIPPED: (operations.cancel_unsent, lambda id: CancelUnsent(order_id=id, actor=BY_CLOCK)),
    State.SHIPPED: (operations.confirm_orders, lambda id: ConfirmOrder(order_id=id, actor=BY_CLOCK)),
    State.RECEIVED: (operations.settle_orders, lambda id: SettleOrder(order_id=id, actor=BY_CLOCK)),
}
"""What the clock does to an order whose time has come, by where it stands."""


class Reactions:
    """What orders do when payments tell something, and when their clocks run out: by the operations everybody uses."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers
        self.deadlines = Deadlines(batchers, MEET_DEADLINES, "order_id")

    async def take_payments(self, database: Database, batch: Sequence[Delivered]) -> None:
        """PaymentCaptured: the money comes into the order's escrow, or goes back.

        What is paid is paid no other way any more.
        """
        commands = [
            TakePayment(
                order_id=order_id,
                payment_id=delivered.event.payment_id,
                payer_id=delivered.event.payer_id,
                shop_id=shop_id,
                amount=amount,
                channel=delivered.event.channel,
                actor=delivered.actor,
                is_part=bool(delivered.event.parts),
            )
            for delivered in batch
            for order_id, shop_id, amount in _parts_of(delivered.event)
        ]
        statuses = await self.batchers.of(operations.take_payments, "order_id").submit_all(commands)
        paid = [c.order_id for c, status in zip(commands, statuses, strict=True) if status is TakeStatus.HELD]
        await close_open_payments(database, self.batchers.lanes, paid)

    async def hand_out_keys(self, _: Database, batch: Sequence[Delivered]) -> None:
        """KeysOrdered: the buyer gets the card keys that were paid. The order's state says whether that was done."""
        commands = [HandOutKeys(order_id=delivered.subject_id, actor=BY_SYSTEM) for delivered in batch]
        await self.batchers.of(handing_out.hand_out, "order_id").submit_all(commands)

    async def note_refunds(self, _: Database, batch: Sequence[Delivered]) -> None:
        """RefundSucceeded: the payer has the money again."""
        await self.batchers.of(operations.note_refunds, "order_id").submit_all(
            [
                NoteRefund(
                    order_id=delivered.event.order_id,
                    refund_id=delivered.event.refund_id,
                    amount=delivered.event.amount,
                    to=delivered.event.to,
                )
                for delivered in batch
            ]
        )

    async def note_deliveries(self, _: Database, batch: Sequence[Delivered]) -> None:
        """ParcelDelivered: once all of an order is there, the clock may confirm sooner. What comes back is a case's."""
        await self.batchers.of(operations.note_deliveries, "order_id").submit_all(
            [
                NoteDelivery(
                    order_id=delivered.subject_id,
                    parcel_id=delivered.event.parcel_id,
                    delivered_at=delivered.event.delivered_at,
                )
                for delivered in batch
                if delivered.event.case_id is None
            ]
        )

    async def follow_parcels(self, database: Database, limit: int) -> int:
        """Let the carriers' module follow what was sent lately, if anybody can be asked about it.

        By the clock and not with each parcel: so sending costs nothing more, and what was sent before there was anybody
        to ask is found, too.
        """
        if carriers.REGISTRY.tracker is None:
            return 0
        async with database.read() as reader:
            newest = await carriers.get_newest(reader)
            since = clock.now() - carriers.FOLLOWED_FOR if newest is None else newest - COMMITTED_WITHIN
            page = 10 * limit  # Each looks at everything sent since: few and large ones.
            parcels = await store.get_unfollowed_parcels(reader, (since, UUID(int=0)), page)
            while len(parcels) == page:
                await self._follow(parcels)
                parcels = await store.get_unfollowed_parcels(reader, (parcels[-1].shipped_at, parcels[-1].id), page)
        await self._follow(parcels)
        return 0  # All of it is done.

    async def _follow(self, parcels: Sequence[carriers.FollowParcel]) -> None:
        await self.batchers.of(carriers.follow_parcels, "order_id").submit_all(parcels)

    async def meet_deadlines(self, database: Database, limit: int) -> int:
        """Deal with some *limit* orders whose time has come; return for how many something was done, or need not be.

        Where it hasn't, since the order went on, its alarm is put off; where the shop is to be reminded of what it has
        not shipped, to then, and then it is. An alarm forgets orders that have no deadline
        any more, and is dropped when none of its orders has one: whoever gives one of them a time then, sets an alarm.
        So an order that nothing can be done for takes one place of a round, and not one for each that was due with it;
        one whose move raises is set aside.
        """
        now = clock.now()
        async with database.read() as reader:
            aside = await self.deadlines.read(reader)
            alarms = await store.get_alarms(reader, now, aside.room(limit))
            over: list[store.Alarm] = []
            left: list[store.Alarm] = []
            for alarm in alarms:
                (left if any(order.due_at for order in alarm.orders) else over).append(alarm)
            if over:
                await store.drop_alarms(reader, over)
        orders = [order for alarm in left for order in alarm.orders]
        early = {o.id: o.reminds_at for o in orders if o.due_at and o.due_at > now}
        late = {id for id, reminds_at in early.items() if reminds_at and reminds_at <= now}
        gone = {order.id for order in orders if not order.due_at}
        if early.keys() - late or gone:
            async with database.transaction() as tx:
                await store.put_off(tx, left, {id: at for id, at in early.items() if id not in late}, gone)
        due = {order.id: order.state for order in orders if order.due_at and order.due_at <= now}
        moves = [(*_BY_CLOCK[state], id) for id, state in due.items() if state in _BY_CLOCK]
        statuses = await self.deadlines.meet(
            database, aside, ((operation, command(id)) for operation, command, id in moves)
        )
        done = sum(status is MoveStatus.DONE for status in statuses)
        if late:  # At the end: what goes wrong there keeps no order from its deadline.
            async with database.transaction() as tx:
                await store.put_off(tx, left, dict.fromkeys(late), ())
                await operations.remind_shops(tx, sorted(late))  # Of orders that are locked by now.
        # An alarm of which all orders were put off names none, and what is due after it is to be looked at yet.
        return done + len(early) + len(gone) + sum(max(1, len(alarm.orders)) for alarm in over)


async def sift_texts(database: Database, limit: int) -> int:
    """Look through at most *limit* former texts of products, and have those dropped under which nobody ordered."""
    async with database.read() as reader:
        found = await store.get_texts_to_sift(reader, clock.now() - TEXTS_SIFTED_AFTER, TEXTS_KEPT_FROM, limit)
    if found:
        async with database.transaction() as tx:
            needed = [(id, version) for id, version, is_needed in found if is_needed]
            needless = [(id, version) for id, version, is_needed in found if not is_needed]
            await sift_former_texts(tx, needed, needless)
    return len(found)


def _parts_of(event: PaymentCaptured) -> list[tuple[UUID, UUID, int]]:
    """List what of a payment is for which order of which shop."""
    if not event.parts:
        return [(event.subject_id, event.payee_id, event.amount)]
    return [(part.order_id, part.shop_id, part.amount) for part in event.parts]
