"""Makes files of what a shop owns, piece by piece, so that no more than a page of it is ever held in memory."""

import asyncio
import hashlib
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import IO, Any, Final
from uuid import UUID

import msgspec

from weiji import __version__
from weiji.catalog import get_goods_for_merchant, get_products
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.ledger import chart, get_statement
from weiji.orders import Order, State, get_order, store
from weiji.porting.model import Contents, Export
from weiji.porting.readers import archive
from weiji.porting.records import ProductRecord, record_of
from weiji.porting.writers import trade
from weiji.porting.writers.goods import FORMATS, GoodsFormat, Place, header_of, rows_of
from weiji.shops import get_shops

PAGE: Final = 100
"""Products that are read at once."""

ORDERS_AT_ONCE: Final = 50

FORMAT: Final = 1
"""The version of archives. One that only adds leaves it as it is."""

BOM: Final = "\ufeff"
"""Without it, Excel takes UTF-8 for something else."""

NAMES: Final = {
    Contents.SHOPIFY: "goods-shopify.csv",
    Contents.WOOCOMMERCE: "goods-woocommerce.csv",
    Contents.GOOGLE: "goods-google.tsv",
    Contents.ORDERS: "orders.csv",
    Contents.STATEMENTS: "statements.csv",
    Contents.ARCHIVE: "shop.zip",
}
"""What the files are called."""

MEDIA: Final = {
    Contents.GOOGLE: "text/tab-separated-values; charset=utf-8",
    Contents.ARCHIVE: "application/zip",
}
CSV: Final = "text/csv; charset=utf-8"

README: Final = """\
weiji {version}: everything of the shop "{name}" ({handle}).

Each .jsonl file has one JSON object on each line, in UTF-8. Amounts are integers in fen (CNY), times RFC 3339.
goods.jsonl       products with options, SKUs, prices and stock (on_hand), in whatever state
orders.jsonl      orders with lines, parcels and the address that each was to go to
customers.jsonl   nobody: buyers here have not been asked yet whether a shop may take their data along. What a shop may
                  know of them stands in its orders.
statements.jsonl  what moved the shop's money
shop.json         the shop's name, story and colour
manifest.json     version, counts and SHA-256 of each file

Pictures are kept as addresses in goods.jsonl. Another weiji takes this file as it is: goods, Import.
The format is described in docs/guides/porting.md.
"""


def media_of(contents: Contents) -> str:
    """Tell the type of a file."""
    return MEDIA.get(contents, CSV)


async def make(database: Database, export: Export, file: IO[bytes], url: str) -> AsyncGenerator[int, None]:
    """Write an export into *file*; give, after each page, how many things are in it. *url* is the shop's address.

    It can be left after each page; nothing is locked, and no connection is held meanwhile.
    """
    if export.contents is Contents.ARCHIVE:
        writing = _archive(database, export.shop_id, file)
    elif export.contents is Contents.ORDERS:
        writing = _orders(database, export.shop_id, file)
    elif export.contents is Contents.STATEMENTS:
        writing = _statements(database, export.shop_id, file)
    else:
        writing = _goods(database, export, file, url)
    async for number in writing:
        yield number


async def _products(database: Database, shop_id: UUID) -> AsyncIterator[list[ProductRecord]]:
    """Read all goods of a shop, a page at a time."""
    after: str | None = None
    while True:
        async with database.read() as reader:
            page = await get_goods_for_merchant(reader, shop_id, after=after, limit=PAGE)
            found = await get_products(reader, [row.id for row in page.goods])
        yield [record_of(product) for product in found if product]
        after = page.after
        if after is None:
            return


async def _goods(database: Database, export: Export, file: IO[bytes], url: str) -> AsyncIterator[int]:
    format = FORMATS[export.contents]
    file.write((BOM + header_of(format)).encode())
    number = 0
    async for products in _products(database, export.shop_id):
        # In a thread: each product is read back, and others wait meanwhile.
        file.write(await asyncio.to_thread(_write, format, products, number, url))
        number += len(products)
        yield number


def _write(format: GoodsFormat, products: Sequence[ProductRecord], number: int, url: str) -> bytes:
    """Write a page of goods, numbered behind *number*."""
    rows = (rows_of(format, product, Place(n, url)) for n, product in enumerate(products, number + 1))
    return "".join(rows).encode("utf-8", "replace")


async def _orders_of(database: Database, shop_id: UUID) -> AsyncIterator[list[Order]]:
    """Read all orders of a shop whole, newest first, a page at a time."""
    after = None
    while True:
        async with database.read() as reader:
            page = await store.list_orders_of_shop(reader, shop_id, tuple(State), after, ORDERS_AT_ONCE)
            whole = [await get_order(reader, order.id) for order in page]
        yield [order for order in whole if order]
        if len(page) < ORDERS_AT_ONCE:
            return
        after = (page[-1].placed_at, page[-1].id)


async def _orders(database: Database, shop_id: UUID, file: IO[bytes]) -> AsyncIterator[int]:
    file.write((BOM + trade.table([trade.ORDER_COLUMNS])).encode())
    number = 0
    async for orders in _orders_of(database, shop_id):
        for order in orders:
            number += 1
            file.write(trade.table(list(trade.order_rows(order))).encode())
        yield number


async def _movements(database: Database, shop_id: UUID) -> AsyncIterator[list[dict[str, Any]]]:
    """Read what moved a shop's money, newest first, a page at a time."""
    accounts = {"pending": chart.merchant_pending(shop_id).id, "available": chart.merchant_available(shop_id).id}
    for name, account_id in accounts.items():
        before = 2**63 - 1
        while True:
            async with database.read() as reader:
                rows = await get_statement(reader, account_id, before=before, limit=PAGE)
            yield [trade.movement(row, name, account_id) for row in rows]
            if len(rows) < PAGE:
                break
            before = rows[-1]["timestamp"]


async def _statements(database: Database, shop_id: UUID, file: IO[bytes]) -> AsyncIterator[int]:
    file.write((BOM + trade.table([trade.STATEMENT_COLUMNS])).encode())
    number = 0
    async for movements in _movements(database, shop_id):
        number += len(movements)
        file.write(trade.table([trade.movement_row(each) for each in movements]).encode())
        yield number


class _Member:
    """A file in the archive while it is written: its size and hash grow along."""

    def __init__(self, target: IO[bytes]) -> None:
        self.target = target
        self.hash = hashlib.sha256()
        self.size = 0
        self.lines = 0

    def write(self, line: bytes) -> None:
        """Add a line."""
        self.target.write(line)
        self.hash.update(line)
        self.size += len(line)
        self.lines += 1

    def facts(self) -> dict[str, Any]:
        """Tell what the manifest says of it."""
        return {"sha256": self.hash.hexdigest(), "bytes": self.size, "lines": self.lines}


async def _archive(database: Database, shop_id: UUID, file: IO[bytes]) -> AsyncIterator[int]:
    """Write everything as one zip file. The manifest comes last: where it is missing, the file is not whole."""
    files: dict[str, dict[str, Any]] = {}
    number = 0
    async with database.read() as reader:
        shop = (await get_shops(reader, [shop_id]))[0]
    assert shop, "a shop stays"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as package:
        readme = README.format(version=__version__, name=shop.name, handle=shop.handle).encode()
        about = {"name": shop.name, "handle": shop.handle, "story": shop.story, "colour": shop.colour}
        for name, data in (("README.txt", readme), ("shop.json", msgspec.json.encode(about))):
            with package.open(name, "w") as target:
                member = _Member(target)
                member.write(data)
            files[name] = member.facts()
        with package.open(archive.GOODS, "w", force_zip64=True) as target:
            member = _Member(target)
            async for products in _products(database, shop_id):
                for product in products:
                    member.write(archive.archived(product))
                number += len(products)
                yield number
        files[archive.GOODS] = member.facts()
        with package.open("orders.jsonl", "w", force_zip64=True) as target:
            member = _Member(target)
            async for orders in _orders_of(database, shop_id):
                for order in orders:
                    member.write(trade.order_json(order))
                number += len(orders)
                yield number
        files["orders.jsonl"] = member.facts()
        with package.open("statements.jsonl", "w", force_zip64=True) as target:
            member = _Member(target)
            async for movements in _movements(database, shop_id):
                for each in movements:
                    member.write(msgspec.json.encode(each) + b"\n")
                number += len(movements)
                yield number
        files["statements.jsonl"] = member.facts()
        with package.open("customers.jsonl", "w") as target:
            member = _Member(target)
        files["customers.jsonl"] = member.facts()
        manifest = {
            "weiji": __version__,
            "format": FORMAT,
            "shop": {"id": str(shop_id), "handle": shop.handle, "name": shop.name},
            "made_at": clock.now(),
            "files": files,
        }
        package.writestr(archive.MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    yield number
