"""What the catalog does by the clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from weiji.catalog import store
from weiji.catalog.former_texts import forget_former_texts
from weiji.catalog.model import ListProduct, WithdrawProduct
from weiji.catalog.operations import list_products, withdraw_products
from weiji.catalog.rounds import get_round, keep_round
from weiji.catalog.stock_notices import EVERY, JOB, StockWatch, forget_stock_notices
from weiji.events import BY_CLOCK
from weiji.kit import clock
from weiji.kit.db import Database, Row, Transaction
from weiji.kit.ids import shard_of
from weiji.kit.jobs import Job

COUNT_SALES: Final = "catalog.count_sales"
BEGINNING: Final = (UUID(int=0),)

COUNTED_AT_ONCE: Final = 20_000
"""Products whose sales are counted in one round, so that a round costs the same however many there are."""


class SalesCount:
    """Brings up to date how much of each product was sold, the figure that lists show and sort by: a part of all
    products in each round, and from the beginning behind the last.

    An order that ships touches its stock only, so that a hot product's page does not wait for its sales. Each shard
    has a transaction of its own: on a cluster, no statement may lock rows of two.
    """

    def __init__(self, counted: int = COUNTED_AT_ONCE) -> None:
        self.counted = counted

    async def count(self, database: Database, limit: int) -> int:
        """Count a part."""
        async with database.read() as reader:
            (after,) = await get_round(reader, COUNT_SALES, BEGINNING)
            sales, last = await store.get_uncounted_sales(reader, after, self.counted, limit)
        for _, group in groupby(sorted(sales, key=lambda sale: shard_of(sale[0])), key=lambda sale: shard_of(sale[0])):
            await _count(database, list(group))
        until = (last,) if last else BEGINNING
        if len(sales) < limit and until != (after,):
            await keep_round(database, COUNT_SALES, until)
        return len(sales)


async def _count(database: Database, sales: Sequence[tuple[UUID, int]]) -> None:
    async def work(tx: Transaction) -> None:
        await store.lock_products(tx, [id for id, _ in sales])
        await store.count_sales(tx, sales)

    await database.retried(work)


async def meet_schedules(database: Database, limit: int) -> int:
    """List and withdraw what shops told the clock to, each shard in a transaction of its own."""
    now = clock.now()
    async with database.read() as reader:
        rows = await store.get_scheduled(reader, now, limit)
    for _, group in groupby(sorted(rows, key=lambda row: shard_of(row["id"])), key=lambda row: shard_of(row["id"])):
        await _meet(database, list(group), now)
    return len(rows)


async def _meet(database: Database, rows: Sequence[Row], now: datetime) -> None:
    async def work(tx: Transaction) -> None:
        await store.lock_products(tx, [row["id"] for row in rows])
        listings = [
            ListProduct(product_id=row["id"], shop_id=row["shop_id"], actor=BY_CLOCK)
            for row in rows
            if row["is_to_list"]
        ]
        withdrawals = [
            WithdrawProduct(product_id=row["id"], shop_id=row["shop_id"], actor=BY_CLOCK)
            for row in rows
            if row["is_to_withdraw"]
        ]
        await list_products(tx, listings)
        await withdraw_products(tx, withdrawals)
        await store.forget_schedules(tx, [row["id"] for row in rows], now)

    await database.retried(work)


JOBS: Final = (
    Job(name="catalog.meet_schedules", every=timedelta(seconds=5), work=meet_schedules),
    Job(name=JOB, every=EVERY, work=StockWatch().look),
    Job(name="catalog.forget_stock_notices", every=timedelta(hours=1), work=forget_stock_notices),
    Job(name="catalog.forget_former_texts", every=timedelta(hours=1), work=forget_former_texts),
    Job(name=COUNT_SALES, every=timedelta(seconds=30), work=SalesCount().count),
)
