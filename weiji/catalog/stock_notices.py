"""Notices of what runs low: the clock finds it, each shop is told once, and may look it up.

An order that is placed knows nothing of it: what it leaves is looked at a little later, like how much was sold.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

import msgspec
from litestar.exceptions import NotFoundException
from msgspec import Struct

from weiji.catalog.rounds import get_round, keep_round
from weiji.catalog.stock_desk import Shop
from weiji.catalog.store import SQL
from weiji.events import BY_CLOCK, Occurrence, publish
from weiji.events.catalog import StockRanLow
from weiji.kit import clock
from weiji.kit.db import Database, Reader, Row, Transaction, columns
from weiji.kit.ids import new_id, shard_of, shards_of
from weiji.web.cursors import read_cursor, write_cursor

EVERY: Final = timedelta(seconds=30)
"""How long it takes until a shop is told, if no more than `WATCHED_AT_ONCE` SKUs are watched."""

WATCHED_AT_ONCE: Final = 10_000
"""SKUs that are looked at in one round, so that a round costs the same however many shops want to be told of."""

JOB: Final = "catalog.notice_low_stock"
BEGINNING: Final = UUID(int=0), UUID(int=0)

KEPT_FOR: Final = timedelta(days=180)
"""How long notices of what is not low any more can be looked up."""

NOTICES: Final = 30
"""Notices on one page."""


class Low(Struct, frozen=True, kw_only=True):
    """A SKU that runs low, and of which nobody was told yet."""

    shop_id: UUID
    product_id: UUID
    sku_id: UUID
    available: int
    low_stock: int
    title: str
    choices: list[str]


class StockNotice(Struct, frozen=True, kw_only=True):
    """A shop was told that a SKU runs low: no more than `low_stock` were left, as many as it asked to be told of."""

    id: UUID
    product_id: UUID
    sku_id: UUID
    title: str
    choices: list[str]
    available: int
    """How many could be bought then."""
    low_stock: int
    noticed_at: datetime
    ended_at: datetime | None
    """When there were more again, or it was not on sale any more; none as long as it runs low."""
    available_now: int


class NoticesPage(Struct, frozen=True, kw_only=True):
    """A page of notices; `after` is None on the last."""

    shop: Shop
    notices: list[StockNotice]
    after: str | None


class StockWatch:
    """Goes through what shops want to be told of, a part in each round, and begins anew behind the last."""

    def __init__(self, watched: int = WATCHED_AT_ONCE) -> None:
        self.watched = watched

    async def look(self, database: Database, limit: int) -> int:
        """Tell shops once of what runs low, and end notices of what does not any more; a transaction for each shard."""
        async with database.read() as reader:
            after = await get_round(reader, JOB, BEGINNING)
            row = await reader.row(SQL.get_watched, *after, self.watched - 1)
            until = (row["shop_id"], row["id"]) if row else None
            part = (*after, *(until or (None, None)), limit)
            lows = [msgspec.convert(dict(each), Low) for each in await reader.rows(SQL.get_low_stock, *part)]
            outdated: list[UUID] = [each["id"] for each in await reader.rows(SQL.get_outdated_stock_notices, *part)]
        for _, group in groupby(sorted(outdated, key=shard_of), key=shard_of):
            await _end(database, list(group))
        by_shard = sorted(lows, key=lambda low: shard_of(low.sku_id))
        for _, those in groupby(by_shard, key=lambda low: shard_of(low.sku_id)):
            await _notice(database, list(those))
        found = max(len(lows), len(outdated))
        if found < limit and (until or BEGINNING) != after:
            await keep_round(database, JOB, until or BEGINNING)
        return found


async def _end(database: Database, ids: list[UUID]) -> None:
    async def work(tx: Transaction) -> None:
        await tx.run(SQL.end_stock_notices, shards_of(ids), ids, tx.now)

    await database.retried(work)


async def _notice(database: Database, lows: Sequence[Low]) -> None:
    facts = columns(lows, "shop_id", "product_id", "sku_id", "available", "low_stock")

    async def work(tx: Transaction) -> None:
        ids = [new_id(low.shop_id) for low in lows]
        rows = await tx.rows(SQL.add_stock_notices, shards_of(ids), ids, *facts, tx.now)
        new = {row["sku_id"] for row in rows}
        told = [low for low in lows if low.sku_id in new]
        await publish(tx, [Occurrence(_event(low), low.shop_id, low.sku_id, BY_CLOCK) for low in told])

    await database.retried(work)


def _event(low: Low) -> StockRanLow:
    return StockRanLow(
        product_id=low.product_id,
        sku_id=low.sku_id,
        title=low.title,
        choices=tuple(low.choices),
        available=low.available,
        low_stock=low.low_stock,
    )


async def forget_stock_notices(database: Database, _limit: int) -> int:
    """Delete notices that ended long ago."""
    before = clock.now() - KEPT_FOR
    async with database.transaction() as tx:
        await tx.run(SQL.forget_stock_notices, before)
    return 0


async def count_stock_notices(reader: Reader, shop_id: UUID) -> int:
    """Count the SKUs of a shop that run low, as far as it was told."""
    found: int = await reader.value(SQL.count_stock_notices, shard_of(shop_id), shop_id)
    return found


async def get_stock_notices(reader: Reader, shop_id: UUID, after: str, limit: int = NOTICES) -> NoticesPage:
    """Read a page of what a shop was told, newest first, in one statement. Raises where there is no shop."""
    at, id = read_cursor(after, tuple[datetime, UUID]) or (None, None)
    row: Row | None = await reader.row(SQL.get_stock_notices, shard_of(shop_id), shop_id, at, id, limit + 1)
    if row is None:
        raise NotFoundException
    notices = msgspec.convert(row["notices"] or [], list[StockNotice])
    last = notices[limit - 1] if len(notices) > limit else None
    return NoticesPage(
        shop=Shop(id=row["id"], handle=row["handle"], name=row["name"]),
        notices=notices[:limit],
        after=write_cursor(last.noticed_at, last.id) if last else None,
    )
