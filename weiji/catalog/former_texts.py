"""What products said before they were changed: so it can be told what buyers read when they ordered.

A save keeps what it replaces, if that reads differently. Nothing is kept of products that say what they always said;
and what was said for less than a day is dropped again where nobody ordered meanwhile, as `orders` finds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from weiji.catalog.categories import Tree
from weiji.catalog.model import Picture, SaveProduct
from weiji.catalog.store import SQL, get_categories
from weiji.kit import clock
from weiji.kit.db import Database, Reader, Row, Transaction, columns
from weiji.kit.ids import shards_of

KEPT_FOR: Final = timedelta(days=730)
"""How long it is kept: longer than anybody may still dispute an order. One of a presale ships within 180 days, and for
365 days after it came rules may let its buyer ask for something."""


class SaidAttribute(Struct, frozen=True, kw_only=True):
    """What a product says of something that its category asks for, by the names that the category has for it."""

    name: str
    name_en: str
    value: str


class ProductText(Struct, frozen=True, kw_only=True):
    """What a product says of itself: in words, and in pictures."""

    title: str
    description_html: str
    attributes: tuple[SaidAttribute, ...]
    pictures: tuple[Picture, ...]
    as_of: datetime | UnsetType = UNSET
    """It read so then, when texts began to be kept, and not surely at the earlier time that was asked for."""


async def keep_former_texts(tx: Transaction, saved: Sequence[SaveProduct]) -> None:
    """Keep what products say that are about to be saved, where they will say something else."""
    if saved:
        ids, *texts = columns(saved, "id", "title", "description_html", "attributes", "pictures")
        await tx.run(SQL.keep_former_texts, shards_of(ids), ids, *texts, tx.now)


async def get_texts_at(reader: Reader, asked: Sequence[tuple[UUID, datetime]]) -> list[ProductText | None]:
    """Read what products said at some time, in two statements; None: there is no such product.

    Results are in the order of *asked*.
    """
    ids, times = [id for id, _ in asked], [at for _, at in asked]
    rows = await reader.rows(SQL.get_texts_at, shards_of(ids), ids, times)
    tree = await get_categories(reader)
    found = {(row["id"], row["at"]): _text(row, tree) for row in rows}
    return [found.get(each) for each in asked]


def _text(row: Row, tree: Tree) -> ProductText:
    known = {each.key: each for each in tree.attributes_of(row["category_id"])} if row["category_id"] else {}
    said = [
        SaidAttribute(name=its.name, name_en=its.name_en, value=f"{value} {its.unit}".strip())
        if (its := known.get(key))
        else SaidAttribute(name=key, name_en=key, value=value)
        for key, value in row["attributes"].items()
    ]
    return ProductText(
        title=row["title"],
        description_html=row["description_html"],
        attributes=tuple(said),
        pictures=msgspec.convert(row["pictures"], tuple[Picture, ...]),
        as_of=row["as_of"] or UNSET,
    )


async def sift_former_texts(
    tx: Transaction, needed: Sequence[tuple[UUID, int]], needless: Sequence[tuple[UUID, int]]
) -> None:
    """Drop texts that nobody ordered under, and note which are needed: products, and their versions."""
    for statement, texts in ((SQL.drop_texts, needless), (SQL.note_sifted_texts, needed)):
        if texts:
            ids = [id for id, _ in texts]
            await tx.run(statement, shards_of(ids), ids, [version for _, version in texts])


async def forget_former_texts(database: Database, limit: int) -> int:
    """Delete at most *limit* texts that nobody may ask for any more; return how many there were."""
    async with database.transaction() as tx:
        return len(await tx.rows(SQL.forget_former_texts, clock.now() - KEPT_FOR, limit))
