"""What disputes do when their clocks run out: by the operations that everybody uses."""

from datetime import timedelta

from weiji.aftersale import get_cases_for_arbiters
from weiji.disputes import store
from weiji.disputes.model import AdvanceDispute, DisputeStatus, OpenDispute
from weiji.disputes.operations import advance_disputes, open_disputes
from weiji.events import BY_CLOCK
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.jobs import Job


class Reactions:
    """What disputes do by themselves."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def meet_deadlines(self, database: Database, limit: int) -> int:
        """Deal with at most *limit* disputes whose time has come; return for how many something was done."""
        async with database.read() as reader:
            due = await store.get_due_disputes(reader, clock.now(), limit)
        results = await self.batchers.submit_each(
            ((advance_disputes, AdvanceDispute(case_id=id, actor=BY_CLOCK)) for id in due), "case_id"
        )
        return sum(result.status is DisputeStatus.DONE for result in results)

    async def open_overdue(self, database: Database, limit: int) -> int:
        """Leave at most *limit* cases to arbiters that nobody did in time, though the shop has the goods."""
        async with database.read() as reader:
            due = await get_cases_for_arbiters(reader, clock.now(), limit)
        results = await self.batchers.submit_each(
            ((open_disputes, OpenDispute(case_id=id, actor=BY_CLOCK)) for id in due), "case_id"
        )
        return sum(result.status is DisputeStatus.DONE for result in results)


def jobs(batchers: Batchers) -> list[Job]:
    """What disputes do when it is time."""
    reactions = Reactions(batchers)
    return [
        Job(name="disputes.meet_deadlines", every=timedelta(seconds=5), work=reactions.meet_deadlines),
        Job(name="disputes.open_overdue", every=timedelta(seconds=5), work=reactions.open_overdue),
    ]
