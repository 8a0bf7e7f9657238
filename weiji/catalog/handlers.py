"""What the catalog does by the clock."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from weiji.catalog import store
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import shard_of
from weiji.kit.jobs import Job


async def count_sales(database: Database, limit: int) -> int:
    """Bring up to date how much of each product was sold: the figure that lists show and sort by.

    An order that ships touches its stock only, so that a hot product's page does not wait for its sales. Each shard
    has a transaction of its own: on a cluster, no statement may lock rows of two.
    """
    async with database.read() as reader:
        sales = await store.get_uncounted_sales(reader, limit)
    for _, group in groupby(sorted(sales, key=lambda sale: shard_of(sale[0])), key=lambda sale: shard_of(sale[0])):
        await _count(database, list(group))
    return len(sales)


async def _count(database: Database, sales: Sequence[tuple[UUID, int]]) -> None:
    async def work(tx: Transaction) -> None:
        await store.lock_products(tx, [id for id, _ in sales])
        await store.count_sales(tx, sales)

    await database.retried(work)


JOBS: Final = (Job(name="catalog.count_sales", every=timedelta(seconds=30), work=count_sales),)
