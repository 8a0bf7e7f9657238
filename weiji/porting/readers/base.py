"""What the readers of all formats share: what they are given, and how a product is made of its rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import BinaryIO, Final, Protocol

import msgspec
from msgspec import Struct

from weiji.catalog import Option, Picture
from weiji.kit.clock import SHANGHAI
from weiji.porting.cells import find_pictures, is_gtin, parse_price, parse_whole
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
from weiji.porting.tables import REST, Columns, Row, Table


class Given(Struct, frozen=True):
    """What a reader may know besides the file: names for numbers, and the addresses of pictures that lie beside it."""

    names: Names = {}
    pictures: Mapping[str, str] = {}
    now: datetime | None = None
    """When it is read: what is reduced for a time costs so then only. None: at any time."""


class Format(Protocol):
    """A format that goods come in: one module of this package."""

    SOURCE: str
    """Its name, from which ids are derived: never change it."""
    COLUMNS: Columns

    def read(self, file: BinaryIO, table: Table, given: Given) -> Iterator[Item]:
        """Read the products of a file one by one. It is read twice, and has to be seekable."""
        ...


class Findings:
    """What is found wrong with the rows of one product."""

    def __init__(self, columns: Columns, rows: Sequence[Row], has_comma: bool = False) -> None:
        """*has_comma* says that a comma stands before the cents, as in most of Europe."""
        self.columns = columns
        self.rows = rows
        self.has_comma = has_comma
        self.problems = [row.problem for row in rows if row.problem]

    def add(self, row: Row, fault: Fault, field: str, value: str | None = None) -> None:
        """Note a fault in a row's field."""
        names = self.columns.names.get(field, (field,))
        shown = row.get(field) if value is None else value
        self.problems.append(LineProblem(line=row.line, fault=fault, column=names[0], value=shown[:VALUE_MAX]))

    def price(self, row: Row, field: str) -> int | None:
        """Read an amount; nothing where there is none, and a fault where it can't be read."""
        text = row.get(field)
        price = parse_price(self.plain(text))
        if price is None and text:
            self.add(row, Fault.INVALID_PRICE, field)
        return price

    def plain(self, text: str) -> str:
        """Write a number with a point before its fraction."""
        # A comma before the point is between thousands, whatever else the file has: 1,299.00.
        is_comma = self.has_comma and _COMMA.search(text) and not _THOUSANDS.search(text)
        return text.replace(".", "").replace(",", ".") if is_comma else text

    def whole(self, row: Row, field: str) -> int:
        """Read a number, at least 0."""
        number = parse_whole(self.plain(row.get(field)))
        if number is None:
            self.add(row, Fault.INVALID_NUMBER, field)
        return max(0, number or 0)

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
        product = msgspec.structs.replace(product, rows=rows, line=rows[0], warnings=self.told)
        rest = next((text for row in self.rows if (text := row.get("rest"))), "")
        return restore(product, rest) if rest else product


_COMMA: Final = re.compile(r"\d,\d{1,4}(?!\d)")
_THOUSANDS: Final = re.compile(r"\d,\d{3}\.\d")


def is_time(now: datetime | None, begin: str, end: str) -> bool:
    """Tell whether it is now between two times of a file, each of which may be missing. What can't be read is no time.

    A day without a time begins at midnight, and ends with the day. Without a zone, it is this installation's.
    """
    if now is None:
        return True
    since, until = _time(begin), _time(end)
    if until and len(end.strip()) <= len("2024-01-01"):
        until += timedelta(days=1)
    return (since is None or since <= now) and (until is None or now < until)


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


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
