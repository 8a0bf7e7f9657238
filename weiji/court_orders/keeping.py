"""What happens to court orders by the clock: what comes in is taken, up to what was ordered."""

from datetime import timedelta
from typing import Final

from weiji.court_orders import store
from weiji.court_orders.model import SweepCourtOrder
from weiji.court_orders.operations import sweep_court_orders
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import Deadlines
from weiji.kit.jobs import Job

SWEEP: Final = "court_orders.sweep"
SWEEP_EVERY: Final = timedelta(seconds=5)


class Keeper:
    """Takes what comes in."""

    def __init__(self, batchers: Batchers) -> None:
        self.deadlines = Deadlines(batchers, SWEEP, "court_order_id")

    async def sweep(self, database: Database, limit: int) -> int:
        """Look at every order that lacks something while there is something to take; return how many there were."""
        async with database.read() as reader:
            aside = await self.deadlines.read(reader)
            due = await store.get_due(reader, aside.room(limit))
        moves = ((sweep_court_orders, SweepCourtOrder(court_order_id=id)) for id in due)
        return len(await self.deadlines.meet(database, aside, moves))


def jobs(batchers: Batchers) -> list[Job]:
    """Say what happens by the clock."""
    return [Job(name=SWEEP, every=SWEEP_EVERY, work=Keeper(batchers).sweep)]
