"""What cases do when payments tell something, and when their clocks run out: by the operations that everybody uses."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from weiji.aftersale import operations, store
from weiji.aftersale.machine import BY_CLOCK as VERBS_OF_CLOCK
from weiji.aftersale.machine import FOR_ARBITERS, CaseVerb
from weiji.aftersale.model import (
    AgreeCase,
    CaseStatus,
    ExpireCase,
    NoteCaseRefund,
    NoteReturnDelivery,
    RefundInstead,
    TakeReturn,
    return_parcel,
)
from weiji.events import BY_CLOCK, Delivered, Subscription
from weiji.events.carriers import ParcelDelivered
from weiji.events.payments import RefundSucceeded
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import Deadlines
from weiji.kit.jobs import Job

MEET_DEADLINES: Final = "aftersale.meet_deadlines"

_OPERATIONS: dict[CaseVerb, tuple[Any, Any]] = {
    CaseVerb.AGREE: (operations.agree_cases, AgreeCase),
    CaseVerb.EXPIRE: (operations.expire_cases, ExpireCase),
    CaseVerb.TAKE_RETURN: (operations.take_returns, TakeReturn),
    CaseVerb.REFUND_INSTEAD: (operations.refund_instead, RefundInstead),
}


class Reactions:
    """What cases do by themselves."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers
        self.deadlines = Deadlines(batchers, MEET_DEADLINES, "case_id")

    async def note_refunds(self, _: Database, batch: Sequence[Delivered]) -> None:
        """RefundSucceeded: the payer has the money again; where it was a case's, that is over."""
        await self.batchers.of(operations.note_case_refunds, "order_id").submit_all(
            [
                NoteCaseRefund(
                    order_id=delivered.event.order_id,
                    refund_id=delivered.event.refund_id,
                    amount=delivered.event.amount,
                    to=delivered.event.to,
                )
                for delivered in batch
                if delivered.event.reason == "ordered"
            ]
        )

    async def note_deliveries(self, _: Database, batch: Sequence[Delivered]) -> None:
        """ParcelDelivered: where goods came back in it, the shop's days to look at them begin."""
        await self.batchers.of(operations.note_return_deliveries, "case_id").submit_all(
            [
                NoteReturnDelivery(case_id=delivered.event.case_id, delivered_at=delivered.event.delivered_at)
                for delivered in batch
                if delivered.event.case_id is not None
                and delivered.event.parcel_id == return_parcel(delivered.event.case_id)
            ]
        )

    async def meet_deadlines(self, database: Database, limit: int) -> int:
        """Deal with at most *limit* cases whose time has come; return for how many something was done."""
        async with database.read() as reader:
            aside = await self.deadlines.read(reader)
            states = VERBS_OF_CLOCK.keys() - FOR_ARBITERS
            due = await store.get_due_cases(reader, states, clock.now(), aside.room(limit))
        moves = [(*_OPERATIONS[VERBS_OF_CLOCK[state]], id) for id, state in due]
        statuses = await self.deadlines.meet(
            database, aside, ((operation, command(case_id=id, actor=BY_CLOCK)) for operation, command, id in moves)
        )
        return sum(status is CaseStatus.DONE for status in statuses)


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """What after-sale hears of."""
    reactions = Reactions(batchers)
    return [
        Subscription(name="aftersale.note_refunds", events=(RefundSucceeded,), caller=reactions.note_refunds),
        Subscription(name="aftersale.note_deliveries", events=(ParcelDelivered,), caller=reactions.note_deliveries),
    ]


def jobs(batchers: Batchers) -> list[Job]:
    """What after-sale does when it is time."""
    reactions = Reactions(batchers)
    return [Job(name=MEET_DEADLINES, every=timedelta(seconds=1), work=reactions.meet_deadlines)]
