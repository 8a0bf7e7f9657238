"""What the readers of all formats share: what they are given, and how a product is made of its rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import BinaryIO, Final, Protocol

import msgspec
from msgspec import Struct

from weiji.catalog import ALT_MAX, EXTRA_MAX, PICTURES_MAX, TAGS_MAX, WORDS_MAX, Option, Picture, ProductState
from weiji.kit.clock import SHANGHAI
from weiji.porting.cells import find_pictures, is_gtin
from weiji.porting.numbers import Marks, read_price, read_whole
from weiji.porting.records import (
    VALUE_MAX,
    WARNINGS,
    Fault,
    Item,
    LineProblem,
    Names,
    ProductRecord,
    Refusal,
    SkuRecord,
    restore,
)
from weiji.porting.tables import REST, Columns, Row, Table, normal


class Given(Struct, frozen=True):
    """What a reader may know besides the file: names for numbers, and the addresses of pictures that lie beside it."""

    names: Names = {}
    pictures: Mapping[str, str] = {}
    now: datetime | None = None
    """When it is read: what is reduced for a time costs so then only. None: at any time."""
    marks: Marks = msgspec.field(default_factory=Marks)
    """What the prices of the file tell of the marks in them: counted while it is read for the first time."""
    others: Marks = msgspec.field(default_factory=Marks)
    """The same of its weights, which count for weights and quantities where prices tell nothing."""

    def look(self, row: Row, prices: Sequence[str], weights: Sequence[str] = ()) -> None:
        """Count what a row tells."""
        for field in prices:
            self.marks.count(row.get(field))
        for field in weights:
            self.others.count(row.get(field))


class Format(Protocol):
    """A format that goods come in: one module of this package."""

    SOURCE: str
    """Its name, from which ids are derived: never change it."""
    COLUMNS: Columns
    WRITES_POINTS: bool
    """Whether whoever writes it puts points before cents, wherever the shop is."""

    def read(self, file: BinaryIO, table: Table, given: Given) -> Iterator[Item]:
        """Read the products of a file one by one. It is read twice, and has to be seekable."""
        ...


class Findings:
    """What is found wrong with the rows of one product."""

    def __init__(self, columns: Columns, rows: Sequence[Row], given: Given) -> None:
        self.columns = columns
        self.rows = rows
        self.prices = given.marks.decimals
        self.numbers = self.prices if self.prices.is_told else given.others.decimals
        self.problems = [row.problem for row in rows if row.problem]

    def add(self, row: Row, fault: Fault, field: str, value: str | None = None) -> None:
        """Note a fault in a row's field."""
        names = self.columns.names.get(field, (field,))
        shown = row.get(field) if value is None else value
        self.problems.append(LineProblem(line=row.line, fault=fault, column=names[0], value=shown[:VALUE_MAX]))

    def price(self, row: Row, field: str, text: str | None = None) -> int | None:
        """Read an amount; nothing where there is none, and a fault where it can't be read."""
        text = row.get(field) if text is None else text
        if not text:
            return None
        price = read_price(text, self.prices)
        if isinstance(price, Fault):
            self.add(row, price, field, text)
            return None
        return price

    def whole(self, row: Row, field: str, text: str | None = None, unit: Decimal = Decimal(1)) -> int:
        """Read a number of *unit*, at least 0; 0 and a warning where it can't be read."""
        text = row.get(field) if text is None else text
        number = read_whole(text, self.numbers, unit)
        if isinstance(number, Fault):
            self.add(row, number, field, text)
            return 0
        return max(0, number)

    def is_reduced(self, row: Row, field: str, now: datetime | None, begin: str, end: str) -> bool:
        """Tell whether what is reduced for a time is so now; where that can't be read it is not, and that is told."""
        is_now = is_time(now, begin, end)
        if is_now is None:
            self.add(row, Fault.INVALID_DATE, field)
        return bool(is_now)

    def barcode(self, row: Row, field: str) -> str:
        """Read a barcode; one whose check digit does not fit is told of, and taken."""
        # Exported so that a spreadsheet leaves the digits alone.
        text = row.get(field).lstrip("'")
        if not is_gtin(text):
            self.add(row, Fault.INVALID_BARCODE, field)
        return text

    def is_refused(self) -> bool:
        """Whether anything keeps the product out."""
        return any(problem.fault not in WARNINGS for problem in self.problems)

    def _fitting(self, extra: dict[str, str]) -> dict[str, str]:
        """Leave out the longest of what has no place here, until the rest can be kept."""
        size = sum(len(name) + len(value) for name, value in extra.items())
        cut: list[str] = []
        for name in sorted(extra, key=lambda name: -len(extra[name])):
            if size <= EXTRA_MAX:
                break
            size -= len(name) + len(extra[name])
            cut.append(name)
        if cut:
            self.add(self.rows[0], Fault.COLUMNS_CUT, "", ", ".join(cut))
        return {name: value for name, value in extra.items() if name not in cut} if cut else extra

    @property
    def told(self) -> tuple[LineProblem, ...]:
        """Everything, by line; where rows can't be read, only that: the rest comes of it."""
        broken = [row.problem for row in self.rows if row.problem]
        return tuple(sorted(broken or self.problems, key=lambda problem: problem.line))

    def finish(self, handle: str, title: str, product: ProductRecord | None) -> Item:
        """Give the product, unless anything keeps it out."""
        rows = tuple(sorted(row.line for row in self.rows))
        if product is None or self.is_refused():
            return Refusal(line=rows[0], rows=rows, handle=handle, title=title, problems=self.told)
        rest = next((text for row in self.rows if (text := row.get("rest"))), "")
        is_free = not all(sku.price for sku in product.skus)
        product = msgspec.structs.replace(
            product,
            rows=rows,
            line=rows[0],
            vendor=self._short(product.vendor, "vendor"),
            kind=self._short(product.kind, "kind"),
            tags=self._tagged(product.tags),
            pictures=self._shown(product.pictures),
            state=ProductState.DRAFT if is_free else product.state,
            extra=self._fitting(product.extra),
        )
        product = restore(product, rest) if rest else product
        if is_free and product.state is ProductState.DRAFT:
            self.add(self.rows[0], Fault.FREE, "price")
        return msgspec.structs.replace(product, warnings=self.told)

    def _short(self, text: str, field: str, length_max: int = WORDS_MAX) -> str:
        """Shorten what is too long to be kept: no reason to leave out a product."""
        if len(text) <= length_max:
            return text
        self.add(self.rows[0], Fault.TEXT_CUT, field, text)
        return text[:length_max].strip()

    def _tagged(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        """Give as many tags as a product may have, each once."""
        if len(tags) > TAGS_MAX:
            self.add(self.rows[0], Fault.TAGS_CUT, "tags", str(len(tags) - TAGS_MAX))
        return tuple(dict.fromkeys(self._short(tag, "tags") for tag in tags[:TAGS_MAX]))

    def _shown(self, pictures: tuple[Picture, ...]) -> tuple[Picture, ...]:
        """Give as many pictures as a product may have: those of its description come last, and go first."""
        if len(pictures) > PICTURES_MAX:
            self.add(self.rows[0], Fault.PICTURES_CUT, "pictures", str(len(pictures) - PICTURES_MAX))
        return tuple(
            Picture(url=picture.url, alt=self._short(picture.alt, "pictures", ALT_MAX))
            for picture in pictures[:PICTURES_MAX]
        )


def read_time(text: str) -> datetime | None:
    """Read a time of a file; None where it can't be. Without a zone, it is this installation's."""
    try:
        found = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def is_time(now: datetime | None, begin: str, end: str) -> bool | None:
    """Tell whether it is now between two times of a file, each of which may be missing; None where one can't be read.

    A day without a time begins at midnight, and ends with the day. Without a zone, it is this installation's.
    """
    if now is None:
        return True
    since, until = read_time(begin), read_time(end)
    if (since is None and begin.strip()) or (until is None and end.strip()):
        return None
    if until and len(end.strip()) <= len("2024-01-01"):
        until += timedelta(days=1)
    return (since is None or since <= now) and (until is None or now < until)


_NO: Final = frozenset({"false", "no", "0", "falsch", "faux", "falso", "否"})


def says_no(row: Row, *columns: str) -> bool:
    """Tell whether a column without a place here says no."""
    return any(normal(name) in columns and value.lower() in _NO for name, value in row.others.items())


def add_others(extra: dict[str, str], row: Row, name: str) -> None:
    """Keep what another row of a product has in columns without a place, if otherwise than what is kept."""
    for column, value in row.others.items():
        if extra.get(column) == value:
            continue
        key, n = f"{column} ({name})", 1
        while extra.get(key, value) != value:
            n += 1
            key = f"{column} ({name}, {n})"
        extra[key] = value


def options_of(names: Sequence[str], skus: Sequence[SkuRecord]) -> tuple[Option, ...]:
    """Give each option the values that the SKUs have, in their order."""
    return tuple(Option(name, tuple(dict.fromkeys(sku.choices[n] for sku in skus))) for n, name in enumerate(names))


def pictures_of(*found: tuple[str, str], html: str = "") -> tuple[Picture, ...]:
    """Give pictures (address, words) in their order, then those that the description shows; each once."""
    pictures: dict[str, str] = {}
    for url, alt in (*found, *find_pictures(html)):
        pictures[url] = pictures.get(url) or alt
    pictures.pop("", None)
    return tuple(Picture(url=url, alt=alt) for url, alt in pictures.items())


def line_of(text: str) -> str:
    """Write a text in one line."""
    return " ".join(text.split())


REST_NAMES = (REST.replace("_", " "),)
"""What the column of `records.keep` is called, as names are compared."""
