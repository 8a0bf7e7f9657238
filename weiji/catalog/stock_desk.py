"""What the pages about stock read: each page in one statement, the names of people in another."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.exceptions import NotFoundException
from msgspec import Struct

from weiji.catalog.store import SQL
from weiji.identity import get_people
from weiji.inventory import Reason, Shelf, default_warehouse
from weiji.kit.db import Reader, Row
from weiji.kit.ids import shard_of
from weiji.web.cursors import read_cursor, write_cursor

PRODUCTS: Final = 15
"""Products on one page of stock, each with all its SKUs."""

SKUS_OF_PRODUCT: Final = 100
"""SKUs of a product on a page of stock; a product with more of them is told of, and set in its form or by program."""

LINES: Final = 30
"""Lines on one page of the journal."""

LINES_OF_SKU: Final = 15
"""Lines of the journal on the page of one SKU."""


class Shop(Struct, frozen=True, kw_only=True):
    """The shop whose stock it is."""

    id: UUID
    handle: str
    name: str


class Place(Struct, frozen=True, kw_only=True):
    """A warehouse."""

    id: UUID
    name: str
    is_open: bool


class SkuStock(Struct, frozen=True, kw_only=True):
    """The stock of a SKU."""

    id: UUID
    choices: list[str]
    on_hand: int
    held: int
    available: int
    sold: int
    shelves: dict[UUID, Shelf] | None = None
    low_stock: int | None = None
    is_keyed: bool = False
    """Its units are card keys: nobody sets how many there are."""

    @property
    def is_low(self) -> bool:
        """Whether no more is left than the shop wants to be told of."""
        return self.low_stock is not None and self.available <= self.low_stock

    def at(self, warehouse_id: UUID, shop_id: UUID) -> Shelf:
        """Say what a warehouse has of it."""
        default = {shop_id: Shelf(self.on_hand, self.held, self.sold, True)}
        return (self.shelves or default).get(warehouse_id, Shelf(0, 0, 0, True))


class Goods(Struct, frozen=True, kw_only=True):
    """A product with the stock of its SKUs."""

    id: UUID
    title: str
    kind: str
    picture: str | None
    at: datetime
    skus: list[SkuStock] | None = None
    """The first of them; where those that run low are asked for, they come first."""
    skus_count: int = 0


class Change(Struct, frozen=True, kw_only=True):
    """A line of the journal; what it is about is named where several are listed."""

    id: UUID
    sku_id: UUID
    warehouse_id: UUID
    units: int
    on_hand: int
    reason: Reason
    note: str
    actor_kind: str
    actor_id: UUID | None
    at: datetime
    title: str | None = None
    choices: list[str] | None = None


class StockPage(Struct, frozen=True, kw_only=True):
    """A page of a shop's stock; `after` is None on the last."""

    shop: Shop
    places: list[Place]
    goods: list[Goods]
    after: str | None


class SkuPage(Struct, frozen=True, kw_only=True):
    """One SKU with its stock and its journal."""

    shop: Shop
    places: list[Place]
    product_id: UUID
    title: str
    kind: str
    picture: str | None
    sku: SkuStock
    changes: list[Change]
    names: Mapping[UUID, str]


class JournalPage(Struct, frozen=True, kw_only=True):
    """A page of the journal; `after` is None on the last."""

    shop: Shop
    places: list[Place]
    changes: list[Change]
    names: Mapping[UUID, str]
    after: str | None


async def get_stock_page(reader: Reader, shop_id: UUID, *, is_low: bool, after: str) -> StockPage:
    """Read a page of a shop's stock: of everything, or of products that run low. Raises where there is no shop."""
    at, id = read_cursor(after, tuple[datetime, UUID]) or (None, None)
    row = await reader.row(
        SQL.get_stock_page, shard_of(shop_id), shop_id, is_low, at, id, PRODUCTS + 1, SKUS_OF_PRODUCT
    )
    if row is None:
        raise NotFoundException
    goods = msgspec.convert(row["goods"] or [], list[Goods])
    last = goods[PRODUCTS - 1] if len(goods) > PRODUCTS else None
    return StockPage(
        shop=_shop(row),
        places=_places(row),
        goods=goods[:PRODUCTS],
        after=write_cursor(last.at, last.id) if last else None,
    )


async def get_sku_page(reader: Reader, shop_id: UUID, sku_id: UUID) -> SkuPage:
    """Read one SKU of a shop with its stock. Raises where there is none."""
    row = await reader.row(SQL.get_sku_stock, shard_of(shop_id), shop_id, sku_id, LINES_OF_SKU)
    if row is None:
        raise NotFoundException
    changes = msgspec.convert(row["changes"] or [], list[Change])
    return SkuPage(
        shop=_shop(row),
        places=_places(row),
        product_id=row["product_id"],
        title=row["title"],
        kind=row["kind"],
        picture=row["picture"],
        sku=msgspec.convert(
            {name: row[name] for name in ("choices", "on_hand", "held", "available", "sold", "shelves", "is_keyed")}
            | {"id": sku_id},
            SkuStock,
        ),
        changes=changes,
        names=await _names(reader, changes),
    )


async def get_journal_page(reader: Reader, shop_id: UUID, after: str) -> JournalPage:
    """Read a page of the journal of a shop. Raises where there is no shop."""
    at, id = read_cursor(after, tuple[datetime, UUID]) or (None, None)
    row = await reader.row(SQL.get_stock_journal, shard_of(shop_id), shop_id, at, id, LINES + 1)
    if row is None:
        raise NotFoundException
    changes = msgspec.convert(row["changes"] or [], list[Change])
    last = changes[LINES - 1] if len(changes) > LINES else None
    return JournalPage(
        shop=_shop(row),
        places=_places(row),
        changes=changes[:LINES],
        names=await _names(reader, changes),
        after=write_cursor(last.at, last.id) if last else None,
    )


async def _names(reader: Reader, changes: list[Change]) -> dict[UUID, str]:
    people = await get_people(reader, list({c.actor_id for c in changes if c.actor_id}))
    return {id: person.display_name for id, person in people.items()}


def _shop(row: Row) -> Shop:
    return Shop(id=row["id"], handle=row["handle"], name=row["name"])


def _places(row: Row) -> list[Place]:
    found: Any = row["warehouses"]
    if not found:
        only = default_warehouse(row["id"])
        return [Place(id=only.id, name=only.name, is_open=True)]
    return msgspec.convert(found, list[Place])
