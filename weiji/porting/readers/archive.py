"""Reads weiji's own archives: the shop's profile, its goods, and its history, one JSON object on each line."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, BinaryIO, Final, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from weiji.catalog import Delivery, Option, Picture, Presale, ProductState
from weiji.kit.ids import derive
from weiji.orders.invoices import FILE_BYTES_MAX, sniff
from weiji.porting.packages import Package, PackageError
from weiji.porting.records import (
    VALUE_MAX,
    DesignRecord,
    Fault,
    FreightRecord,
    HistoryKind,
    HistoryRecord,
    Item,
    PaperRecord,
    ProductRecord,
    ProfileRecord,
    Refusal,
    SettingsRecord,
    SkuRecord,
    VideoRecord,
    refuse,
)
from weiji.storefronts import with_pictures
from weiji.web.pictures import read_address
from weiji.web.videos import read_video_address

SOURCE: Final = "weiji"
GOODS: Final = "goods.jsonl"
MANIFEST: Final = "manifest.json"
SHOP: Final = "shop.json"
SETTINGS: Final = "settings.json"
DESIGN: Final = "design.json"
HISTORY: Final = {
    HistoryKind.ORDER: "orders.jsonl",
    HistoryKind.MOVEMENT: "statements.jsonl",
    HistoryKind.PRICE: "prices.jsonl",
    HistoryKind.CUSTOMER: "customers.jsonl",
    HistoryKind.REVIEW: "reviews.jsonl",
    HistoryKind.INVOICE: "invoices.jsonl",
}
"""Which file has which part of the history."""

PICTURES: Final = "media/"
"""The folder of pictures and videos: each under the name that it has in its address."""

INVOICES: Final = "invoices/"
"""The folder of what was made out: each file under the id of its paper."""

LINE_MAX: Final = 4_000_000
"""Bytes of one line."""

FACTS_MAX: Final = 65_536
"""Bytes of what is told of an order, a movement, a price or a customer."""


class ArchivedProduct(Struct, frozen=True, kw_only=True):
    """A product as an archive has it. What a later version adds is passed over. Money is in fen."""

    handle: str
    title: str
    state: ProductState
    skus: tuple[SkuRecord, ...]
    description_html: str = ""
    vendor: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    pictures: tuple[Picture, ...] = ()
    extra: dict[str, str] = {}
    category: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    delivery: Delivery | None = None
    """None in archives of before there was any but in a parcel."""
    presale: Presale | None = None
    freight: FreightRecord | None = None
    video: VideoRecord | None = None


class _Origin(Struct, frozen=True):
    id: UUID


class Manifest(Struct, frozen=True, kw_only=True):
    """What a reader needs of the manifest: whose archive it is, and where the pictures lie that are not in it."""

    shop: _Origin
    url: str = ""


class _Event(Struct, frozen=True, kw_only=True):
    """What every line of history has; `shop` is where it happened, if not in the shop of the archive.

    The first archives had no `id` of a movement but its `transfer`, and no `at` of an order but `placed_at`.
    """

    id: UUID | None = None
    transfer: UUID | None = None
    at: datetime | None = None
    placed_at: datetime | None = None
    shop: UUID | None = None

    @property
    def key(self) -> UUID | None:
        """Its id."""
        return self.id or self.transfer


class _Movement(_Event, frozen=True, kw_only=True):
    """A line of a statement: of which of the shop's accounts it is, and what that got."""

    account: str = ""
    received: int = msgspec.field(name="in", default=0)

    @property
    def key(self) -> UUID | None:
        """Its id. What goes from one account of the shop to the other is in the statement of each, and both lines have
        the id of the transfer: that of the account which may be withdrawn from has one of its own here.
        """
        id = self.id or self.transfer
        return derive(id, self.account) if id and self.received and self.account == "available" else id


class Paper(Struct, frozen=True):
    """A paper of an invoice; `file` is what its file is called in the archive, if it has one."""

    id: UUID
    file: str | None = None


class _MadeOut(Struct, frozen=True):
    """What a line of an invoice says of the files that were made out."""

    papers: tuple[Paper, ...] = ()


_PRODUCT: Final = msgspec.json.Decoder(ArchivedProduct)
_MANIFEST: Final = msgspec.json.Decoder(Manifest)
_PROFILE: Final = msgspec.json.Decoder(ProfileRecord)
_SETTINGS: Final = msgspec.json.Decoder(SettingsRecord)
_DESIGN: Final = msgspec.json.Decoder(DesignRecord)
_EVENT: Final = msgspec.json.Decoder(_Event)
_MOVEMENT: Final = msgspec.json.Decoder(_Movement)
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read_archive(package: Package) -> Iterator[Item]:
    """Read everything that an archive has, one by one. Raises PackageError."""
    manifest = _manifest(package)
    place = _Place(package, manifest)
    yield from _whole(package, SHOP, _PROFILE)
    yield from _whole(package, SETTINGS, _SETTINGS)
    with package.unpacked(GOODS) as file:
        for item in read(file):
            yield _with_pictures(item, place) if isinstance(item, ProductRecord) else item
    # Behind the goods, which it shows.
    for item in _whole(package, DESIGN, _DESIGN):
        yield _design_with_pictures(item, place) if isinstance(item, DesignRecord) else item
    for kind, name in HISTORY.items():
        if name in package.members:
            with package.unpacked(name) as file:
                for item in _history(file, kind, name, manifest):
                    yield item
                    if kind is HistoryKind.INVOICE and isinstance(item, HistoryRecord):
                        yield from _papers(package, item)


_T = TypeVar("_T", ProfileRecord, SettingsRecord, DesignRecord)


def _whole(package: Package, name: str, decoder: "msgspec.json.Decoder[_T]") -> Iterator[_T | Refusal]:
    """Read a member that is one object; older archives have none of it."""
    if name in package.members:
        with package.unpacked(name, LINE_MAX) as file:
            try:
                yield decoder.decode(file.read())
            except _UNREADABLE as error:
                yield refuse(1, Fault.BROKEN_LINE, str(error), column=name)


def _manifest(package: Package) -> Manifest | None:
    with suppress(*_UNREADABLE, PackageError), package.unpacked(MANIFEST, LINE_MAX) as file:
        return _MANIFEST.decode(file.read())
    return None


def read(file: BinaryIO) -> Iterator[Item]:
    """Read the products of `goods.jsonl` one by one."""
    seen = set[str]()
    for number, source in _lines(file):
        try:
            archived = _PRODUCT.decode(source)
        except _UNREADABLE as error:
            yield refuse(number, Fault.BROKEN_LINE, str(error))
            continue
        if archived.handle in seen:
            yield refuse(number, Fault.HANDLE_AGAIN, archived.handle, handle=archived.handle[:VALUE_MAX])
            continue
        seen.add(archived.handle)
        facts = {name: getattr(archived, name) for name in ArchivedProduct.__struct_fields__}
        yield ProductRecord(line=number, rows=(number,), **facts)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    file.seek(0)
    number = 0
    while source := file.readline(LINE_MAX):
        number += 1
        if source.strip():
            yield number, source.strip()


def _history(file: BinaryIO, kind: HistoryKind, name: str, manifest: Manifest | None) -> Iterator[Item]:
    for number, source in _lines(file):
        try:
            event = (_MOVEMENT if kind is HistoryKind.MOVEMENT else _EVENT).decode(source)
        except _UNREADABLE as error:
            yield refuse(number, Fault.BROKEN_LINE, str(error), column=name)
            continue
        id, at = event.key, event.at or event.placed_at
        if id is None or at is None or at.tzinfo is None:
            yield refuse(number, Fault.BROKEN_LINE, source[:VALUE_MAX].decode("utf-8", "replace"), column=name)
            continue
        shop_id = event.shop or (manifest.shop.id if manifest else None)
        if event.shop is None and shop_id:
            source = msgspec.json.encode(msgspec.json.decode(source) | {"shop": shop_id})
        if len(source) > FACTS_MAX:
            yield refuse(number, Fault.LINE_TOO_LONG, str(id), column=name)
            continue
        yield HistoryRecord(kind=kind, line=number, id=id, happened_at=at, shop_id=shop_id, facts=source)


def papers_of(facts: object) -> tuple[Paper, ...]:
    """Say which papers a line of an invoice names; none where it can't be read."""
    try:
        return msgspec.convert(facts, _MadeOut).papers
    except msgspec.ValidationError:
        return ()


def _papers(package: Package, invoice: HistoryRecord) -> Iterator[PaperRecord]:
    """Read the files of an invoice, one by one; empty where one is missing, or is none that an invoice may have."""
    for paper in papers_of(msgspec.json.decode(invoice.facts)):
        if paper.file is None:
            continue
        content = b""
        if paper.file in package.members:
            with suppress(PackageError), package.unpacked(paper.file, FILE_BYTES_MAX) as file:
                content = file.read()
        content = content if sniff(content) else b""
        yield PaperRecord(id=paper.id, shop_id=invoice.shop_id, line=invoice.line, content=content)


class _Place(Struct, frozen=True):
    """Says where pictures and videos are to be had: in the archive itself, or where it comes from."""

    package: Package
    manifest: Manifest | None

    def __call__(self, url: str) -> str:
        """Give the address at which a picture is to be had."""
        if not (read_address(url) or read_video_address(url)):
            return url
        inside = self.package.address_of(PICTURES + url.removeprefix("/media/"))
        return inside or (f"{self.manifest.url}{url}" if self.manifest and self.manifest.url else url)


def _design_with_pictures(design: DesignRecord, place: _Place) -> DesignRecord:
    return replace(
        design,
        published=with_pictures(design.published, place) if design.published else None,
        draft=with_pictures(design.draft, place) if design.draft else None,
    )


def _with_pictures(product: ProductRecord, place: _Place) -> ProductRecord:
    skus = tuple(replace(sku, picture=place(sku.picture)) if sku.picture else sku for sku in product.skus)
    pictures = tuple(replace(picture, url=place(picture.url)) for picture in product.pictures)
    video = product.video
    if video:
        video = replace(video, url=place(video.url), cover=place(video.cover))
    return replace(product, pictures=pictures, skus=skus, video=video)


def archived(record: ProductRecord) -> bytes:
    """Write a product as a line of `goods.jsonl`."""
    facts = {name: getattr(record, name) for name in ArchivedProduct.__struct_fields__}
    return msgspec.json.encode(ArchivedProduct(**facts)) + b"\n"


def event_line(id: UUID, at: datetime, shop_id: UUID, facts: dict[str, Any]) -> bytes:
    """Write a line of history."""
    return msgspec.json.encode({"id": id, "at": at, "shop": shop_id} | facts) + b"\n"
