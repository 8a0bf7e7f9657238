"""What the readers of all formats share: what they are given, and how a product is made of its rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Protocol

import msgspec
from msgspec import Struct

from weiji.catalog import Option, Picture
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

    def __init__(self, columns: Columns, rows: Sequence[Row]) -> None:
        self.columns = columns
        self.rows = rows
        self.problems = [row.problem for row in rows if row.problem]

    def add(self, row: Row, fault: Fault, field: str, value: str | None = None) -> None:
        """Note a fault in a row's field."""
        names = self.columns.names.get(field, (field,))
        shown = row.get(field) if value is None else value
        self.problems.append(LineProblem(line=row.line, fault=fault, column=names[0], value=shown[:VALUE_MAX]))

    def price(self, row: Row, field: str) -> int | None:
        """Read an amount; nothing where there is none, and a fault where it can't be read."""
        text = row.get(field)
        price = parse_price(text)
        if price is None and text:
            self.add(row, Fault.INVALID_PRICE, field)
        return price

    def whole(self, row: Row, field: str) -> int:
        """Read a number, at least 0."""
        number = parse_whole(row.get(field))
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
