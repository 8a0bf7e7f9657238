"""What orders do when payments tell something, and when their clocks run out.

Events of payments lie with the payers, orders with the shops: so commands ride in the batches of the orders' lanes,
and only then is the event taken off the queue. That it may come again changes nothing.
"""

from collections.abc import Sequence
from uuid import UUID

from weiji.events import BY_CLOCK, Delivered
from weiji.kit import clock
from weiji.kit.batch import Batcher, Lanes
from weiji.kit.db import Database
from weiji.orders import operations, store
from weiji.orders.machine import State
from weiji.orders.model import (
    CloseOrder,
    ConfirmOrder,
    MoveStatus,
    NoteRefund,
    RefundOrder,
    SettleOrder,
    TakePayment,
)


class Reactions:
    """What orders do when payments tell something."""

    def __init__(self, database: Database, lanes: Lanes) -> None:
        self.takes = Batcher(database, operations.take_payments, owner=lambda c: c.order_id, lanes=lanes)
        self.notes = Batcher(database, operations.note_refunds, owner=lambda c: c.order_id, lanes=lanes)

    async def take_payments(self, _: Database, batch: Sequence[Delivered]) -> None:
        """PaymentCaptured: the money comes into the order's escrow, or goes back."""
        await self.takes.submit_all(
            [
                TakePayment(
                    order_id=delivered.event.subject_id,
                    payment_id=delivered.event.payment_id,
                    payer_id=delivered.event.payer_id,
                    shop_id=delivered.event.payee_id,
                    amount=delivered.event.amount,
                    channel=delivered.event.channel,
                    actor=delivered.actor,
                )
                for delivered in batch
            ]
        )

    async def note_refunds(self, _: Database, batch: Sequence[Delivered]) -> None:
        """RefundSucceeded: the payer has the money again."""
        await self.notes.submit_all(
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


class Deadlines:
    """Does what orders' clocks say, through the same operations as everybody."""

    def __init__(self, database: Database, lanes: Lanes) -> None:
        self.lanes = lanes
        self.closes = Batcher(database, operations.close_orders, owner=lambda c: c.order_id, lanes=lanes)
        self.refunds = Batcher(database, operations.refund_orders, owner=lambda c: c.order_id, lanes=lanes)
        self.confirms = Batcher(database, operations.confirm_orders, owner=lambda c: c.order_id, lanes=lanes)
        self.settles = Batcher(database, operations.settle_orders, owner=lambda c: c.order_id, lanes=lanes)

    async def run(self, database: Database, limit: int) -> int:
        """Deal with at most *limit* orders of each lane whose time has come; return the most that a lane had."""
        most = 0
        for shards in self.lanes.shards:
            async with database.read() as reader:
                due = await store.get_due_orders(reader, shards, clock.now(), limit)
            by_state: dict[State, list[UUID]] = {}
            for id, state in due:
                by_state.setdefault(state, []).append(id)
            statuses: list[MoveStatus] = []
            if ids := by_state.get(State.CREATED):
                statuses += await self.closes.submit_all([CloseOrder(order_id=id, actor=BY_CLOCK) for id in ids])
            if ids := by_state.get(State.PAID):
                statuses += await self.refunds.submit_all(
                    [RefundOrder(order_id=id, actor=BY_CLOCK, reason="not_shipped") for id in ids]
                )
            if ids := by_state.get(State.SHIPPED):
                statuses += await self.confirms.submit_all([ConfirmOrder(order_id=id, actor=BY_CLOCK) for id in ids])
            if ids := by_state.get(State.RECEIVED):
                statuses += await self.settles.submit_all([SettleOrder(order_id=id, actor=BY_CLOCK) for id in ids])
            most = max(most, sum(status is MoveStatus.DONE for status in statuses))
        return most
