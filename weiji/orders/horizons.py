"""From when on orders of a shop may be open: what was placed before is over, and who counts open ones leaves it out.

A shop's orders have an index by time, and none by state, which every step would change. Nearly all a shop ever had are
over, so that its horizon is as good: a job moves it on, and whatever opens an order again draws it back. Both lock it.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from weiji.kit.db import Database, Transaction
from weiji.kit.ids import distinct_shards, shards_of
from weiji.kit.jobs import Job
from weiji.orders.model import Order
from weiji.orders.store import SQL

EVERY: Final = timedelta(hours=1)

KEPT: Final = timedelta(days=7)
"""What was placed within it is looked at in any case: most is open, and one that is placed now is not seen yet."""

SHOPS_AT_ONCE: Final = 10
"""The first time all that a shop ever had is read."""


async def draw_back(tx: Transaction, orders: Sequence[Order]) -> None:
    """Have orders counted that were over, and which *tx* opened again."""
    if orders:
        shop_ids = [order.shop_id for order in orders]
        await tx.run(SQL.draw_back_horizons, shards_of(shop_ids), shop_ids, min(order.placed_at for order in orders))


async def move_on(shop_ids: Sequence[UUID], tx: Transaction) -> None:
    """Move the horizons of shops to their oldest orders that are not over."""
    await tx.run(SQL.add_horizons, shards_of(shop_ids), shop_ids)
    rows = await tx.rows(SQL.lock_horizons, distinct_shards(shop_ids), shop_ids)
    ids, begins = [row["shop_id"] for row in rows], [row["open_from"] for row in rows]
    found = await tx.rows(SQL.find_horizons, shards_of(ids), ids, begins, tx.now - KEPT)
    ids = [row["shop_id"] for row in found]
    await tx.run(SQL.move_horizons, shards_of(ids), ids, [row["open_from"] for row in found])


class Walk:
    """Goes from shop to shop, and begins again."""

    def __init__(self) -> None:
        self.after = UUID(int=0)

    async def work(self, database: Database, limit: int) -> int:
        """Move the horizons of the next shops; return of how many where there are more, and 0 after the last."""
        seen = 0
        while seen < limit:
            async with database.read() as reader:
                rows = await reader.rows(SQL.get_shops_after, self.after, min(SHOPS_AT_ONCE, limit - seen))
            if not rows:
                self.after = UUID(int=0)
                return 0
            shop_ids = [row["id"] for row in rows]
            await database.retried(partial(move_on, shop_ids))
            self.after = shop_ids[-1]
            seen += len(shop_ids)
        return seen


def jobs() -> list[Job]:
    """Say what happens by the clock."""
    return [Job(name="orders.move_horizons", every=EVERY, work=Walk().work)]
