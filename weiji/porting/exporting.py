"""Makes files of what a shop owns, piece by piece, so that no more than a page of it is ever held in memory."""

import asyncio
import hashlib
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from weiji import __version__
from weiji.catalog import (
    ProductPage,
    Tree,
    get_categories,
    get_goods_for_merchant,
    get_price_changes,
    get_products,
)
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.ledger import chart, get_statement
from weiji.media import read_picture, read_video
from weiji.orders import Order, State, list_orders_of_shop, with_shipping
from weiji.orders.customers import Customer, list_customers
from weiji.orders.invoices import get_file, list_whole_of_shop, sniff
from weiji.porting import store
from weiji.porting.labelling import tell_labels
from weiji.porting.model import FILE_MAX, Contents, Export
from weiji.porting.page_design import design_sources, tell_design
from weiji.porting.readers import archive
from weiji.porting.records import HistoryKind, ProductRecord, record_of
from weiji.porting.shop_settings import tell_settings, with_places
from weiji.porting.writers import trade
from weiji.porting.writers.goods import FORMATS, GoodsFormat, Where, header_of, rows_of
from weiji.reviews import get_shop_reviews
from weiji.shops import NO_SHOP, get_shops
from weiji.web.pictures import read_address

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
    Contents.TAOBAO: "goods-taobao.csv",
    Contents.ORDERS: "orders.csv",
    Contents.CUSTOMERS: "customers.csv",
    Contents.STATEMENTS: "statements.csv",
    Contents.ARCHIVE: "shop.zip",
}
"""What the files are called."""

MEDIA: Final = {
    Contents.GOOGLE: "text/tab-separated-values",
    Contents.ARCHIVE: "application/zip",
}
CSV: Final = "text/csv"

PICTURES_MAX: Final = FILE_MAX - 192 * 1024 * 1024
"""Bytes that an archive may have before no more pictures go into it. The rest stays an address, which the other side
fetches: nothing keeps a shop from taking its goods along."""

PICTURES_AT_ONCE: Final = 20

PAPERS_AT_ONCE: Final = 8
"""Files of invoices that are held in memory at once."""

README: Final = """\
weiji {version}: everything of the shop "{name}" ({handle}).

Each .jsonl file has one JSON object on each line, in UTF-8. Amounts are integers in fen (CNY), times RFC 3339.
goods.jsonl       products with options, SKUs, prices, stock (on_hand), category and attributes, in whatever state
media/            the pictures and videos of goods, each under the name that its address in goods.jsonl has
prices.jsonl      what each SKU cost, and from when on
orders.jsonl      orders with lines, parcels and the address that each was to go to
customers.jsonl   buyers who agreed that the shop keeps how to reach them and writes to them, and since when
reviews.jsonl     what buyers said of what they bought, as everybody reads it
invoices.jsonl    the invoices that buyers asked for, and what was made out; invoices/ has the files
statements.jsonl  what moved the shop's money
shop.json         the shop's name, story and colour
settings.json     freight templates, warehouses, where goods are sent back to, whether it makes out invoices,
                  and which categories goods are that files call so (labels)
design.json       how the shop's page looks, published and draft; products by handle
manifest.json     version, counts and SHA-256 of each file

Another weiji takes this file as it is: goods, Import. Orders, movements, prices, customers, reviews and invoices
are history there: to be read.
The format is described in docs/guides/porting.md.
"""


def media_of(contents: Contents) -> str:
    """Tell the type of a file."""
    return MEDIA.get(contents, CSV)


class Place(Struct, frozen=True):
    """Where exports are made: the address of the installation, if it has one, and the folder with its pictures."""

    url: str
    data: Path

    def url_of(self, shop_id: UUID) -> str:
        """Give the address of a shop."""
        return f"{self.url}/shops/{shop_id}"


async def make(database: Database, export: Export, file: IO[bytes], place: Place) -> AsyncGenerator[int, None]:
    """Write an export into *file*; give, after each page, how many things are in it.

    It can be left after each page; nothing is locked, and no connection is held meanwhile.
    """
    if export.contents is Contents.ARCHIVE:
        writing = _archive(database, export.shop_id, file, place)
    elif export.contents is Contents.ORDERS:
        writing = _orders(database, export.shop_id, file)
    elif export.contents is Contents.CUSTOMERS:
        writing = _customers(database, export.shop_id, file)
    elif export.contents is Contents.STATEMENTS:
        writing = _statements(database, export.shop_id, file)
    else:
        writing = _goods(database, export, file, place.url_of(export.shop_id))
    async for number in writing:
        yield number


async def _pages(database: Database, shop_id: UUID) -> AsyncIterator[tuple[list[ProductPage], Tree]]:
    """Read all goods of a shop, a page at a time."""
    after: str | None = None
    while True:
        async with database.read() as reader:
            page = await get_goods_for_merchant(reader, shop_id, after=after, limit=PAGE)
            found = await get_products(reader, [row.id for row in page.goods])
            tree = await get_categories(reader)
        yield [product for product in found if product], tree
        after = page.after
        if after is None:
            return


async def _products(database: Database, shop_id: UUID) -> AsyncIterator[list[ProductRecord]]:
    async for products, tree in _pages(database, shop_id):
        yield [record_of(product, tree) for product in products]


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
    rows = (rows_of(format, product, Where(n, url)) for n, product in enumerate(products, number + 1))
    return "".join(rows).encode("utf-8", "replace")


async def _orders_of(database: Database, shop_id: UUID) -> AsyncIterator[list[Order]]:
    """Read all orders of a shop whole, newest first, a page at a time."""
    after = None
    while True:
        async with database.read() as reader:
            page = await list_orders_of_shop(reader, shop_id, tuple(State), after, ORDERS_AT_ONCE)
            whole = await with_shipping(reader, shop_id, page)
        yield whole
        if len(page) < ORDERS_AT_ONCE:
            return
        after = (page[-1].placed_at, page[-1].id)


async def _orders(database: Database, shop_id: UUID, file: IO[bytes]) -> AsyncIterator[int]:
    file.write((BOM + trade.table([trade.ORDER_COLUMNS])).encode())
    number = 0
    async for page in _orders_of(database, shop_id):
        for order in page:
            number += 1
            file.write(trade.table(list(trade.order_rows(order))).encode())
        yield number


async def _customers_of(database: Database, shop_id: UUID) -> AsyncIterator[list[Customer]]:
    """Read who agreed that a shop writes to them, a page at a time."""
    before = None
    while True:
        async with database.read() as reader:
            page = await list_customers(reader, shop_id, before, PAGE)
        yield page
        if len(page) < PAGE:
            return
        before = (page[-1].agreed_at, page[-1].person_id)


async def _customers(database: Database, shop_id: UUID, file: IO[bytes]) -> AsyncIterator[int]:
    file.write((BOM + trade.table([trade.CUSTOMER_COLUMNS])).encode())
    number = 0
    async for page in _customers_of(database, shop_id):
        number += len(page)
        file.write(trade.table([trade.customer_row(customer) for customer in page]).encode())
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


async def _archive(database: Database, shop_id: UUID, file: IO[bytes], place: Place) -> AsyncIterator[int]:
    """Write everything as one zip file. The manifest comes last: where it is missing, the file is not whole."""
    async with database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
    assert shop, "a shop stays"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as package:
        writing = _Archive(package, database, shop_id)
        about = {"name": shop.name, "handle": shop.handle, "story": shop.story, "colour": shop.colour}
        writing.write("README.txt", README.format(version=__version__, name=shop.name, handle=shop.handle).encode())
        writing.write(archive.SHOP, msgspec.json.encode(about))
        async with database.read() as reader:
            settings = replace(await tell_settings(reader, shop_id), labels=await tell_labels(reader, shop_id))
            design = await tell_design(reader, shop_id)
        writing.write(archive.SETTINGS, msgspec.json.encode(settings))
        writing.write(archive.DESIGN, msgspec.json.encode(design))
        writing.pictures |= dict.fromkeys(design_sources(design))
        for lines in (
            writing.goods,
            writing.prices,
            writing.orders,
            writing.movements,
            writing.customers,
            writing.reviews,
            writing.invoices,
        ):
            async for _ in lines():
                yield writing.number
        for paper_id, ending in writing.papers:
            await writing.write_paper(paper_id, ending)
            yield writing.number
        async for _ in writing.write_papers_of_elsewhere():
            yield writing.number
        pictures = iter(writing.pictures)
        while file.tell() < PICTURES_MAX and (urls := list(islice(pictures, PICTURES_AT_ONCE))):
            await asyncio.to_thread(writing.write_pictures, place.data, urls)
            yield writing.number
        for url in writing.videos:  # Behind the pictures: they are large, and goods look like themselves without.
            if file.tell() >= PICTURES_MAX:
                break
            await asyncio.to_thread(writing.write_video, place.data, url)
            yield writing.number
        manifest = {
            "weiji": __version__,
            "format": FORMAT,
            "shop": {"id": str(shop_id), "handle": shop.handle, "name": shop.name},
            "url": place.url,
            "made_at": clock.now(),
            "files": writing.files,
        }
        package.writestr(archive.MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    yield writing.number


class _Archive:
    """An archive that is being written: what is in it, how many things, and which pictures they name."""

    def __init__(self, package: zipfile.ZipFile, database: Database, shop_id: UUID) -> None:
        self.package = package
        self.database = database
        self.shop_id = shop_id
        self.files: dict[str, dict[str, Any]] = {}
        self.pictures: dict[str, None] = {}
        self.videos: dict[str, None] = {}
        self.papers: list[tuple[UUID, str]] = []
        self.number = 0

    def write(self, name: str, data: bytes, compression: int = zipfile.ZIP_DEFLATED) -> None:
        """Write a whole file."""
        info = zipfile.ZipInfo(name, clock.now().timetuple()[:6])
        info.compress_type = compression
        with self.package.open(info, "w") as target:
            member = _Member(target)
            member.write(data)
        self.files[name] = member.facts()

    def write_pictures(self, data: Path, urls: Sequence[str]) -> None:
        """Write pictures, which are packed already; those whose files are gone are left out."""
        for url in urls:
            content = read_picture(data, url)
            if content is not None:
                self.write(archive.PICTURES + url.rpartition("/")[2], content, zipfile.ZIP_STORED)

    def write_video(self, data: Path, url: str) -> None:
        """Write a video, unless its file is gone."""
        content = read_video(data, url)
        if content is not None:
            self.write(archive.PICTURES + url.rpartition("/")[2], content, zipfile.ZIP_STORED)

    async def _lines(self, name: str, pages: AsyncIterator[list[bytes]]) -> AsyncIterator[None]:
        """Write a file of lines, a page at a time."""
        with self.package.open(name, "w", force_zip64=True) as target:
            member = _Member(target)
            async for page in pages:
                for line in page:
                    member.write(line)
                self.number += len(page)
                if page:
                    yield
        self.files[name] = member.facts()

    def goods(self) -> AsyncIterator[None]:
        """Write the goods."""

        async def lines() -> AsyncIterator[list[bytes]]:
            async for pages, tree in _pages(self.database, self.shop_id):
                told = [(page.id, [sku.id for sku in page.skus], record_of(page, tree)) for page in pages]
                async with self.database.read() as reader:
                    products = await with_places(reader, self.shop_id, told)
                for product in products:
                    urls = [*(each.url for each in product.pictures), *(sku.picture for sku in product.skus)]
                    if product.video:
                        urls.append(product.video.cover)
                        self.videos[product.video.url] = None
                    self.pictures |= dict.fromkeys(url for url in urls if url and read_address(url))
                yield [archive.archived(product) for product in products]

        return self._lines(archive.GOODS, lines())

    def prices(self) -> AsyncIterator[None]:
        """Write what SKUs cost, and from when on."""

        async def pages() -> AsyncIterator[list[bytes]]:
            async for products, _ in _pages(self.database, self.shop_id):
                skus = {sku.id: (product, sku) for product in products for sku in product.skus}
                async with self.database.read() as reader:
                    changes = await get_price_changes(reader, list(skus))
                yield [trade.price_line(self.shop_id, *skus[change.sku_id], change) for change in changes]

        return self._with_history(HistoryKind.PRICE, pages())

    def orders(self) -> AsyncIterator[None]:
        """Write the orders."""

        async def pages() -> AsyncIterator[list[bytes]]:
            async for page in _orders_of(self.database, self.shop_id):
                yield [trade.order_line(self.shop_id, order) for order in page]

        return self._with_history(HistoryKind.ORDER, pages())

    def movements(self) -> AsyncIterator[None]:
        """Write what moved the shop's money."""

        async def pages() -> AsyncIterator[list[bytes]]:
            async for movements in _movements(self.database, self.shop_id):
                yield [trade.movement_line(self.shop_id, movement) for movement in movements]

        return self._with_history(HistoryKind.MOVEMENT, pages())

    def customers(self) -> AsyncIterator[None]:
        """Write who agreed to be taken along."""

        async def pages() -> AsyncIterator[list[bytes]]:
            async for page in _customers_of(self.database, self.shop_id):
                yield [trade.customer_line(self.shop_id, customer) for customer in page]

        return self._with_history(HistoryKind.CUSTOMER, pages())

    def reviews(self) -> AsyncIterator[None]:
        """Write what buyers said of what they bought, as everybody reads it."""

        async def pages() -> AsyncIterator[list[bytes]]:
            before = None
            while True:
                async with self.database.read() as reader:
                    found = await get_shop_reviews(reader, self.shop_id, clock.now(), before, PAGE)
                assert found, "a shop stays"
                yield [trade.review_line(self.shop_id, review) for review in found.reviews]
                if len(found.reviews) < PAGE:
                    return
                last = found.reviews[-1]
                before = (last.shown_at, last.order_id, last.line)

        return self._with_history(HistoryKind.REVIEW, pages())

    def invoices(self) -> AsyncIterator[None]:
        """Write what was asked for and made out."""

        async def pages() -> AsyncIterator[list[bytes]]:
            after = NO_SHOP
            while True:
                async with self.database.read() as reader:
                    found = await list_whole_of_shop(reader, self.shop_id, after, PAGE)
                for paper in (paper for invoice in found for paper in invoice.papers if paper.media_type):
                    self.papers.append((paper.id, trade.paper_ending(paper)))
                yield [trade.invoice_line(self.shop_id, invoice) for invoice in found]
                if len(found) < PAGE:
                    return
                after = found[-1].order_id

        return self._with_history(HistoryKind.INVOICE, pages())

    async def write_paper(self, paper_id: UUID, ending: str) -> None:
        """Write the file of an invoice."""
        async with self.database.read() as reader:
            found = await get_file(reader, paper_id)
        if found:
            self.write(f"{archive.INVOICES}{paper_id}{ending}", found.content, zipfile.ZIP_STORED)

    async def write_papers_of_elsewhere(self) -> AsyncIterator[None]:
        """Write the files of invoices that the shop brought along, each under the name by which its line calls it."""
        after = NO_SHOP
        while True:
            async with self.database.read() as reader:
                found = await store.list_papers(reader, self.shop_id, after, PAPERS_AT_ONCE)
            for paper_id, content in found:
                ending = (sniff(content) or "").rpartition("/")[2]
                self.write(f"{archive.INVOICES}{paper_id}.{ending}", content, zipfile.ZIP_STORED)
                after = paper_id
            yield
            if len(found) < PAPERS_AT_ONCE:
                return

    def _with_history(self, kind: HistoryKind, here: AsyncIterator[list[bytes]]) -> AsyncIterator[None]:
        """Write what happened here, then what happened elsewhere before."""

        async def pages() -> AsyncIterator[list[bytes]]:
            async for page in here:
                yield page
            after: store.Cursor = None
            while True:
                async with self.database.read() as reader:
                    rows = await store.get_history(reader, self.shop_id, kind, after, PAGE)
                yield [row.facts + b"\n" for row in rows]
                if len(rows) < PAGE:
                    return
                after = (rows[-1].happened_at, rows[-1].id)

        return self._lines(archive.HISTORY[kind], pages())
