"""What reviews do by themselves: show what was said blind once the time is up, and discount what was undone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from weiji.events import Delivered, Subscription
from weiji.events.orders import TradeReduced
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import Deadlines
from weiji.kit.jobs import Job
from weiji.reviews import store
from weiji.reviews.model import RevealTrade, UndoTrade
from weiji.reviews.operations import reveal_trades, undo_trades

REVEAL: Final = "reviews.reveal"


class Clock:
    """Reveals trades by the operation, a page at a time."""

    def __init__(self, batchers: Batchers) -> None:
        self.deadlines = Deadlines(batchers, REVEAL, "order_id")

    async def reveal(self, database: Database, limit: int) -> int:
        """Reveal at most *limit* trades whose time is up; say how many."""
        async with database.read() as reader:
            aside = await self.deadlines.read(reader)
            due = await store.get_trades_to_reveal(reader, clock.now(), aside.room(limit))
        moves = ((reveal_trades, RevealTrade(order_id=order_id)) for order_id in due)
        return sum(await self.deadlines.meet(database, aside, moves))


class Reactions:
    """What reviews do when orders tell something."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def undo_trades(self, _: Database, batch: Sequence[Delivered]) -> None:
        """TradeReduced: where nothing is left of what was paid, what was said of the trade counts for nothing."""
        commands = [UndoTrade(order_id=told.subject_id) for told in batch if told.event.paid == 0]
        await self.batchers.of(undo_trades, "order_id").submit_all(commands)


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what reviews hear of."""
    reactions = Reactions(batchers)
    return [Subscription(name="reviews.undo_trades", events=(TradeReduced,), caller=reactions.undo_trades)]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what reviews do by the clock."""
    return [Job(name=REVEAL, every=timedelta(minutes=1), work=Clock(batchers).reveal)]
