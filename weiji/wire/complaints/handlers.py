"""What complaints do when money of their orders moves, and when their clocks run out."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from weiji.events import BY_CLOCK, Delivered, Subscription
from weiji.events.wire import MerchantRefundArrived, MerchantRefundOrdered
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import Deadlines
from weiji.kit.jobs import Job
from weiji.wire.complaints import operations, store
from weiji.wire.complaints.machine import ComplaintState
from weiji.wire.complaints.model import ComplaintStatus, ExpireComplaint, NoteOrderRefund, TakeComplaintFurther

MEET_DEADLINES: Final = "wire.meet_complaint_deadlines"

_BY_CLOCK: Final[Mapping[ComplaintState, tuple[Any, Any]]] = {
    ComplaintState.ASKED: (operations.take_complaints_further, TakeComplaintFurther),
    ComplaintState.ANSWERED: (operations.expire_complaints, ExpireComplaint),
    ComplaintState.COMPLETED: (operations.expire_complaints, ExpireComplaint),
}
"""What the clock does in each state in which one side let its time pass."""


class Reactions:
    """What complaints do by themselves."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers
        self.deadlines = Deadlines(batchers, MEET_DEADLINES, "complaint_id")

    async def note_refunds(self, _: Database, batch: Sequence[Delivered]) -> None:
        """MerchantRefundOrdered, MerchantRefundArrived: what is asked for may be over with it."""
        commands = [
            NoteOrderRefund(
                order_id=delivered.subject_id,
                refund_id=delivered.event.refund_id,
                is_whole=isinstance(delivered.event, MerchantRefundOrdered) and delivered.event.is_whole,
            )
            for delivered in batch
        ]
        await self.batchers.of(operations.note_order_refunds, "order_id").submit_all(commands)

    async def meet_deadlines(self, database: Database, limit: int) -> int:
        """Deal with at most *limit* complaints whose time has come; return for how many something was done."""
        async with database.read() as reader:
            aside = await self.deadlines.read(reader)
            due = await store.get_due_complaints(reader, clock.now(), aside.room(limit))
        moves = ((*_BY_CLOCK[state], id) for id, state in due)
        statuses = await self.deadlines.meet(
            database, aside, ((operation, command(complaint_id=id, actor=BY_CLOCK)) for operation, command, id in moves)
        )
        return sum(status is ComplaintStatus.DONE for status in statuses)


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what complaints hear of."""
    events = (MerchantRefundOrdered, MerchantRefundArrived)
    caller = Reactions(batchers).note_refunds
    return [Subscription(name="wire.note_complaint_refunds", events=events, caller=caller)]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what complaints do by the clock."""
    return [Job(name=MEET_DEADLINES, every=timedelta(seconds=1), work=Reactions(batchers).meet_deadlines)]
