"""What media does by the clock."""

import asyncio
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import shard_of
from weiji.kit.jobs import Job
from weiji.media import files, store
from weiji.media.operations import remove_pictures
from weiji.media.store import Key


def jobs(data: Path) -> list[Job]:
    """Say what is done, with the files in *data*."""

    async def sweep(database: Database, limit: int) -> int:
        """Remove pictures that nothing uses. Each shard has a transaction of its own."""
        async with database.read() as reader:
            due = await store.get_due(reader, clock.now(), limit)
        due.sort(key=_shard)
        for _, keys in groupby(due, key=_shard):
            await _sweep(database, data, list(keys))
        return len(due)

    return [Job(name="media.sweep_pictures", every=timedelta(minutes=10), work=sweep)]


async def _sweep(database: Database, data: Path, keys: list[Key]) -> None:
    async def work(tx: Transaction) -> None:
        for _owner_id, hash in await remove_pictures(tx, keys):
            await asyncio.to_thread(files.remove, data, hash.hex())

    await database.retried(work)


def _shard(key: Key) -> int:
    return shard_of(key[0])
