"""How far jobs got that go through all of something, a part in each round, and from the beginning behind the last.

It is kept, so that a process that starts goes on where the last one was, and several share one way through.
"""

from collections.abc import Sequence
from uuid import UUID

from weiji.catalog.store import SQL
from weiji.kit.db import Database, Reader, Transaction


async def get_round(reader: Reader, job: str, beginning: Sequence[UUID]) -> tuple[UUID, ...]:
    """Read behind what the next round of a job begins."""
    return tuple(await reader.value(SQL.get_round, job) or beginning)


async def keep_round(database: Database, job: str, after: Sequence[UUID]) -> None:
    """Write behind what the next round of a job begins. Where two rounds ran at once, either is right enough."""

    async def work(tx: Transaction) -> None:
        await tx.run(SQL.keep_round, job, list(after))

    await database.retried(work)
