"""What reviews do by the clock: what was said blind is seen once the time is up."""

from datetime import timedelta

from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.jobs import Job
from weiji.reviews import store
from weiji.reviews.model import RevealTrade
from weiji.reviews.operations import reveal_trades


class Clock:
    """Reveals trades by the operation, a page at a time."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def reveal(self, database: Database, limit: int) -> int:
        """Reveal at most *limit* trades whose time is up; say how many."""
        async with database.read() as reader:
            due = await store.get_trades_to_reveal(reader, clock.now(), limit)
        commands = [RevealTrade(order_id=order_id) for order_id in due]
        return sum(await self.batchers.of(reveal_trades, "order_id").submit_all(commands))


def jobs(batchers: Batchers) -> list[Job]:
    """Say what reviews do by the clock."""
    return [Job(name="reviews.reveal", every=timedelta(minutes=1), work=Clock(batchers).reveal)]
