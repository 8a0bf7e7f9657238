"""What products said before they were changed: so it can be told what buyers read when they ordered.

A save keeps what it replaces, if that reads differently. Nothing is kept of products that say what they always said.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.catalog.model import Picture, SaveProduct
from weiji.catalog.store import SQL
from weiji.kit import clock
from weiji.kit.db import Database, Reader, Transaction, columns
from weiji.kit.ids import shards_of

KEPT_FOR: Final = timedelta(days=365)
"""How long it is kept: longer than anybody may still dispute an order."""


class ProductText(Struct, frozen=True, kw_only=True):
    """What a product says of itself: in words, and in pictures."""

    title: str
    description_html: str
    attributes: dict[str, str]
    pictures: tuple[Picture, ...]


async def keep_former_texts(tx: Transaction, saved: Sequence[SaveProduct]) -> None:
    """Keep what products say that are about to be saved, where they will say something else."""
    if saved:
        ids, *texts = columns(saved, "id", "title", "description_html", "attributes", "pictures")
        await tx.run(SQL.keep_former_texts, shards_of(ids), ids, *texts, tx.now)


async def get_texts_at(reader: Reader, asked: Sequence[tuple[UUID, datetime]]) -> list[ProductText | None]:
    """Read what products said at some time; None: there is no such product. Results are in the order of *asked*."""
    ids, times = [id for id, _ in asked], [at for _, at in asked]
    rows = await reader.rows(SQL.get_texts_at, shards_of(ids), ids, times)
    found = {(row["id"], row["at"]): row for row in rows}
    return [
        msgspec.convert({name: found[each][name] for name in ProductText.__struct_fields__}, ProductText)
        if each in found
        else None
        for each in asked
    ]


async def forget_former_texts(database: Database, _limit: int) -> int:
    """Delete what nobody may ask for any more."""
    before = clock.now() - KEPT_FOR
    async with database.transaction() as tx:
        await tx.run(SQL.forget_former_texts, before)
    return 0
