"""What a product cost and when it changed, for its merchant: a page of it in one statement."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.catalog.stock_desk import Shop
from weiji.catalog.store import SQL
from weiji.kit.db import Reader
from weiji.kit.ids import shard_of
from weiji.web.cursors import read_cursor, write_cursor

CHANGES: Final = 50
"""Changes on one page."""


class PriceStep(Struct, frozen=True, kw_only=True):
    """What a SKU costs from a version of its product on, and what it cost before. Money is in fen."""

    sku_id: UUID
    version: int
    choices: tuple[str, ...]
    is_listed: bool
    """Whether the product still has this SKU."""
    price: int
    compare_at: int | None
    changed_at: datetime
    price_before: int | None
    """None where this is what it cost at first."""


class PriceHistory(Struct, frozen=True, kw_only=True):
    """A page of what a product's SKUs cost, newest first; `after` is None on the last."""

    shop: Shop
    title: str
    changes: list[PriceStep]
    after: str | None


async def get_price_history(reader: Reader, product_id: UUID, after: str, limit: int = CHANGES) -> PriceHistory | None:
    """Read a page of what a product cost, whatever its state; None where there is no product."""
    version, sku_id = read_cursor(after, tuple[int, UUID]) or (None, None)
    row = await reader.row(SQL.get_price_history, shard_of(product_id), product_id, version, sku_id, limit + 1)
    if row is None:
        return None
    changes = msgspec.convert(row["changes"] or [], list[PriceStep])
    last = changes[limit - 1] if len(changes) > limit else None
    return PriceHistory(
        shop=Shop(id=row["shop_id"], handle=row["handle"], name=row["name"]),
        title=row["title"],
        changes=changes[:limit],
        after=write_cursor(last.version, last.sku_id) if last else None,
    )
