"""What stock does by the clock."""

from datetime import timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from weiji.inventory import store
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import shard_of
from weiji.kit.jobs import Job


async def lift_caps(database: Database, limit: int) -> int:
    """Let all there is be ordered again once a presale is over, each shard in a transaction of its own."""
    now = clock.now()
    async with database.read() as reader:
        due = await store.get_due_caps(reader, now, limit)
    for _, group in groupby(sorted(due, key=shard_of), key=shard_of):
        await _lift(database, list(group))
    return len(due)


async def _lift(database: Database, sku_ids: list[UUID]) -> None:
    async def work(tx: Transaction) -> None:
        await store.lock_stock(tx, sku_ids)
        await store.lift_caps(tx, sku_ids)

    await database.retried(work)


JOBS: Final = (Job(name="inventory.lift_caps", every=timedelta(seconds=5), work=lift_caps),)
