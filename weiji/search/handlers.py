"""How the index follows the catalog, the shops and the stock."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from weiji.events import Delivered, Subscription
from weiji.events.card_keys import KeysDiscarded, KeysStored
from weiji.events.catalog import ProductListed, ProductRestored, ProductSaved, ProductTakenDown, ProductWithdrawn
from weiji.events.credit import ShopGraded
from weiji.events.inventory import StockChanged
from weiji.events.shops import ShopHandleChanged, ShopUpdated
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.jobs import Job
from weiji.search import store
from weiji.search.operations import forget_words, index_products

BATCH: Final = 250
"""Products that are indexed in one transaction."""


SLICE: Final = 20_000
"""Products that a run of the job compares: some 0.3 seconds."""

BEGINNING: Final = UUID(int=0)
"""The id before every other."""


async def follow_catalog(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """Index what was saved, listed or withdrawn."""
    await index_products(tx, [delivered.event.product_id for delivered in batch])


async def follow_stock(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """Index the products of SKUs of which shops have another number."""
    await index_products(tx, await store.get_products_of_skus(tx, {delivered.event.sku_id for delivered in batch}))


async def follow_shops(database: Database, batch: Sequence[Delivered]) -> None:
    """Index the goods of shops that have another name, handle or grade, or were opened or closed."""
    shop_ids = sorted({delivered.event.shop_id for delivered in batch})
    after: UUID | None = BEGINNING
    while after:
        async with database.read() as reader:
            ids = await store.get_goods_of_shops(reader, shop_ids, after, BATCH)
        await _index(database, ids)
        after = ids[-1] if len(ids) == BATCH else None


async def rebuild(database: Database, lanes: Lanes) -> AsyncIterator[int]:
    """Index every product anew, in batches; tell how many have been looked at."""
    after, seen = BEGINNING, 0
    while True:
        async with database.read() as reader:
            ids = await store.get_products_after(reader, after, BATCH)
        if not ids:
            return
        for lane in range(lanes.count):
            await _index(database, [id for id in ids if lanes.of(id) == lane])
        after, seen = ids[-1], seen + len(ids)
        yield seen


class Mender:
    """Indexes what the index has otherwise: what orders sold or sold out, and whatever it may have missed.

    A run looks at one slice of the products, so that it costs the same however many there are; the next goes on behind
    it. Where it goes on is only known here: whoever begins anew looks at some of them once more.
    """

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.after = BEGINNING

    async def work(self, database: Database, limit: int) -> int:
        """Mend at most *limit* products of a slice; say how many there were."""
        async with database.read() as reader:
            ids, last = await store.get_stale(reader, self.after, SLICE, limit)
        for lane in range(self.lanes.count):
            of_lane = [id for id in ids if self.lanes.of(id) == lane]
            for at in range(0, len(of_lane), BATCH):
                await _index(database, of_lane[at : at + BATCH])
        if len(ids) < limit:  # Else there may be more in the same slice: it is looked at again, at once.
            self.after = last or BEGINNING
        return len(ids)


async def _index(database: Database, ids: Sequence[UUID]) -> None:
    if ids:
        await database.retried(lambda tx: index_products(tx, ids))


async def _forget(database: Database, _limit: int) -> int:
    async with database.transaction() as tx:
        await forget_words(tx)
    return 0


def subscriptions() -> list[Subscription]:
    """Say what the index hears of."""
    return [
        Subscription(
            name="search.follow_catalog",
            events=(ProductSaved, ProductListed, ProductWithdrawn, ProductTakenDown, ProductRestored),
            handler=follow_catalog,
        ),
        Subscription(
            name="search.follow_stock", events=(StockChanged, KeysStored, KeysDiscarded), handler=follow_stock
        ),
        Subscription(
            name="search.follow_shops", events=(ShopUpdated, ShopHandleChanged, ShopGraded), caller=follow_shops
        ),
    ]


def jobs(lanes: Lanes) -> list[Job]:
    """Say what the search does by the clock."""
    return [
        Job(name="search.mend", every=timedelta(seconds=20), work=Mender(lanes).work),
        Job(name="search.forget_words", every=timedelta(hours=1), work=_forget),
    ]
