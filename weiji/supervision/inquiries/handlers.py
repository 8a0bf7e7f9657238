"""How inquiries follow what is saved, and what is published."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from weiji.events import Delivered, Subscription
from weiji.events.catalog import ProductListed, ProductSaved
from weiji.events.word_rules import WordRulesPublished
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import SHARDS
from weiji.supervision.inquiries import store
from weiji.supervision.inquiries.operations import screen_products

SLICE: Final = 250
"""Products that one transaction looks at: some 0.2 s."""

BEGINNING: Final = UUID(int=0)


async def follow_goods(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """Look at what is on sale after it was saved or listed: what rules only note, or came while it waited."""
    await screen_products(tx, [delivered.event.product_id for delivered in batch])


async def follow_rules(database: Database, _batch: Sequence[Delivered]) -> None:
    """Look at everything that is on sale: it was saved under other rules. Once more finds nothing new."""
    for shard in range(SHARDS):
        after: UUID | None = BEGINNING
        while after:
            async with database.read() as reader:
                ids = await store.get_listed_after(reader, shard, after, SLICE)
            if ids:
                await database.retried(partial(screen_products, product_ids=ids))
            after = ids[-1] if len(ids) == SLICE else None


def subscriptions() -> list[Subscription]:
    """Say what inquiries hear of."""
    return [
        Subscription(name="supervision.follow_goods", events=(ProductSaved, ProductListed), handler=follow_goods),
        Subscription(name="supervision.follow_rules", events=(WordRulesPublished,), caller=follow_rules),
    ]
