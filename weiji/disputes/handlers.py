"""What disputes do when their clocks run out: by the operations that everybody uses."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from weiji.aftersale import get_cases_for_arbiters
from weiji.disputes import store
from weiji.disputes.model import AdvanceDispute, DisputeStatus, OpenDispute
from weiji.disputes.operations import advance_disputes, mark_words, open_disputes
from weiji.events import BY_CLOCK, Delivered, Subscription
from weiji.events.aftersale import CaseReplied
from weiji.events.disputes import DisputeOpened, EvidenceUnsealed, RulingAppealed
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Transaction
from weiji.kit.deadlines import Deadlines
from weiji.kit.jobs import Job

MEET_DEADLINES: Final = "disputes.meet_deadlines"
OPEN_OVERDUE: Final = "disputes.open_overdue"


class Reactions:
    """What disputes do by themselves."""

    def __init__(self, batchers: Batchers) -> None:
        self.advancing = Deadlines(batchers, MEET_DEADLINES, "case_id")
        self.opening = Deadlines(batchers, OPEN_OVERDUE, "case_id")

    async def meet_deadlines(self, database: Database, limit: int) -> int:
        """Deal with at most *limit* disputes whose time has come; return for how many something was done."""
        async with database.read() as reader:
            aside = await self.advancing.read(reader)
            due = await store.get_due_disputes(reader, clock.now(), aside.room(limit))
        results = await self.advancing.meet(
            database, aside, ((advance_disputes, AdvanceDispute(case_id=id, actor=BY_CLOCK)) for id in due)
        )
        return sum(result.status is DisputeStatus.DONE for result in results)

    async def open_overdue(self, database: Database, limit: int) -> int:
        """Leave at most *limit* cases to arbiters that nobody did in time, though the shop has the goods."""
        async with database.read() as reader:
            aside = await self.opening.read(reader)
            due = await get_cases_for_arbiters(reader, clock.now(), aside.room(limit))
        results = await self.opening.meet(
            database, aside, ((open_disputes, OpenDispute(case_id=id, actor=BY_CLOCK)) for id in due)
        )
        return sum(result.status is DisputeStatus.DONE for result in results)


async def mark(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """Something was said in a dispute, or can be read now: word rules are asked about it."""
    await mark_words(tx, sorted({delivered.subject_id for delivered in batch}))


def subscriptions() -> list[Subscription]:
    """What disputes hear of."""
    return [
        Subscription(
            name="disputes.mark",
            events=(DisputeOpened, EvidenceUnsealed, RulingAppealed, CaseReplied),
            handler=mark,
        )
    ]


def jobs(batchers: Batchers) -> list[Job]:
    """What disputes do when it is time."""
    reactions = Reactions(batchers)
    return [
        Job(name=MEET_DEADLINES, every=timedelta(seconds=5), work=reactions.meet_deadlines),
        Job(name=OPEN_OVERDUE, every=timedelta(seconds=5), work=reactions.open_overdue),
    ]
