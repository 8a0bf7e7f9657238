"""How inquiries follow what is saved, what is published, and the clock."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from weiji.events import Delivered, Subscription
from weiji.events.catalog import ProductListed, ProductSaved
from weiji.events.word_rules import WordRulesPublished
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Transaction
from weiji.kit.deadlines import Deadlines
from weiji.kit.ids import SHARDS
from weiji.kit.jobs import Job
from weiji.supervision.inquiries import store, trying
from weiji.supervision.inquiries.model import SLICE, EndPenalty
from weiji.supervision.inquiries.operations import end_penalties, release_products, screen_products

END_PENALTIES: Final = "supervision.end_penalties"

BEGINNING: Final = UUID(int=0)


async def follow_goods(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """Look at what is on sale after it was saved or listed: what rules only note, or came while it waited."""
    await screen_products(tx, [delivered.event.product_id for delivered in batch])


async def follow_rules(database: Database, _batch: Sequence[Delivered]) -> None:
    """Put on sale again what no rule refuses any more, and look at everything that is: it was saved under other rules.

    Once more finds nothing new.
    """
    for shard in range(SHARDS):
        last: UUID | None = BEGINNING
        while last:
            async with database.read() as reader:
                taken = await store.get_taken_by_words(reader, shard, last, SLICE)
            if taken:
                await database.retried(partial(release_products, taken=taken))
            last = taken[-1].id if len(taken) == SLICE else None
        after: UUID | None = BEGINNING
        while after:
            async with database.read() as reader:
                ids = await store.get_listed_after(reader, shard, after, SLICE)
            if ids:
                await database.retried(partial(screen_products, product_ids=ids))
            after = ids[-1] if len(ids) == SLICE else None


class Clock:
    """Ends penalties by the operation, a page at a time."""

    def __init__(self, batchers: Batchers) -> None:
        self.deadlines = Deadlines(batchers, END_PENALTIES, "penalty_id")

    async def end(self, database: Database, limit: int) -> int:
        """End at most *limit* penalties whose time is over; say how many."""
        async with database.read() as reader:
            aside = await self.deadlines.read(reader)
            due = await store.get_penalties_to_end(reader, clock.now(), aside.room(limit))
        moves = ((end_penalties, EndPenalty(penalty_id=id)) for id in due)
        return sum(await self.deadlines.meet(database, aside, moves))


def jobs(batchers: Batchers) -> list[Job]:
    """Say what inquiries do by the clock."""
    return [
        Job(name=END_PENALTIES, every=timedelta(seconds=20), work=Clock(batchers).end),
        Job(name="supervision.try_word_rules", every=timedelta(seconds=1), work=trying.Trier().work),
        Job(name="supervision.forget_word_trials", every=timedelta(hours=6), work=trying.forget),
    ]


def subscriptions() -> list[Subscription]:
    """Say what inquiries hear of."""
    return [
        Subscription(name="supervision.follow_goods", events=(ProductSaved, ProductListed), handler=follow_goods),
        Subscription(name="supervision.follow_rules", events=(WordRulesPublished,), caller=follow_rules),
    ]
