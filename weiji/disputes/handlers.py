"""What disputes do when their clocks run out: by the operations that everybody uses."""

from asyncio import gather
from datetime import timedelta

from weiji.disputes import store
from weiji.disputes.model import AdvanceDispute, DisputeStatus
from weiji.disputes.operations import advance_disputes
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
        batcher = self.batchers.of(advance_disputes, "case_id")
        # Each by itself, in the same batch: a fault with one is not another's.
        moves = [AdvanceDispute(case_id=id, actor=BY_CLOCK) for id in due]
        results = await gather(*map(batcher.submit, moves))
        return sum(result.status is DisputeStatus.DONE for result in results)


def jobs(batchers: Batchers) -> list[Job]:
    """What disputes do when it is time."""
    return [Job(name="disputes.meet_deadlines", every=timedelta(seconds=5), work=Reactions(batchers).meet_deadlines)]
