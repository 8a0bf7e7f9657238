"""Reads goods from files of other platforms: `open_goods` finds out what a file is, and gives product after product."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import product
from types import ModuleType
from typing import BinaryIO, Final, cast

from msgspec.structs import replace

from weiji.porting import workbooks
from weiji.porting.encodings import CHUNK, Encoding, is_no_text, open_text, sniff_encoding
from weiji.porting.numbers import Marks
from weiji.porting.packages import Package, PackageError, is_package
from weiji.porting.readers import archive, google, plain, shopify, taobao, woocommerce, woocommerce_plugins
from weiji.porting.readers.base import Format, Given
from weiji.porting.records import Fault, Item, LineProblem, Names, Reading, refuse
from weiji.porting.tables import DELIMITERS, Table, find_table
from weiji.porting.workbooks import Workbook, is_legacy, is_workbook

__all__ = ["FORMATS", "Goods", "open_goods"]

_MODULES: Final[tuple[ModuleType, ...]] = (shopify, woocommerce, taobao, google, woocommerce_plugins, plain)
_TABLES: Final = cast("tuple[Format, ...]", _MODULES)

FORMATS: Final = (*dict.fromkeys(table.SOURCE for table in _TABLES), archive.SOURCE)
"""What files may be, as runs call it."""


class Goods:
    """An open file of goods: which format it has, and what is in it. Where it can't be read, `problem` says why."""

    def __init__(self) -> None:
        self.source = ""
        self.problem: LineProblem | None = None
        self.items: Iterator[Item] = iter(())
        self.encoding: Encoding | None = None
        self.delimiter = ""
        self.marks: Marks | None = None
        self.says_stock = True
        self._open = ExitStack()

    @property
    def reading(self) -> Reading | None:
        """How the file is read, as soon as the first of its items is taken; None of archives."""
        if self.encoding is None or self.marks is None:
            return None
        return Reading(
            encoding=self.encoding.name.removesuffix("-sig").upper(),
            delimiter=self.delimiter,
            decimal=self.marks.decimals.sign if self.marks.tells else "",
            is_mixed=self.marks.is_mixed,
            says_stock=self.says_stock,
            is_sure=self.encoding.is_sure,
        )

    def close(self) -> None:
        """Let go of what was read and unpacked: of the readers first, which hold on to it."""
        if isinstance(self.items, Generator):
            self.items.close()
        self._open.close()


def open_goods(file: BinaryIO, names: Names | None = None, now: datetime | None = None) -> Goods:
    """Find out what *file* is. It is read more than once and has to be seekable; nothing raises because of it.

    *names* are what the merchant calls numbers of Taobao's; *now* is when what is reduced for a time is so.
    """
    goods = Goods()
    try:
        if is_package(file):
            _open_package(goods, file, names or {}, now)
        elif is_legacy(file):
            goods.problem = LineProblem(line=0, fault=Fault.WORKBOOK_TOO_OLD)
        elif is_no_text(file):
            goods.problem = LineProblem(line=0, fault=Fault.NOT_A_TABLE)
        else:
            _open_table(goods, file, Given(names=names or {}, now=now))
    except PackageError as error:
        goods.close()
        goods.problem = LineProblem(line=0, fault=error.fault, value=error.value)
    return goods


def _open_package(goods: Goods, file: BinaryIO, names: Names, now: datetime | None) -> None:
    package = Package(file)
    if is_workbook(package):
        _open_workbook(goods, package, Given(names=names, now=now))
        return
    if archive.MANIFEST in package.members and archive.GOODS in package.members:
        goods.source = archive.SOURCE
        goods.items = archive.read_archive(package)
        return
    members, pictures = package.tables(), package.pictures()
    unpacked: dict[str, BinaryIO] = {}
    # All are tried before one is taken for made by hand: the orders beside an export have names and prices, too.
    for by_hand, name in product((False, True), members):
        table = unpacked.get(name)
        if table is None:
            table = unpacked[name] = goods._open.enter_context(package.unpacked(name))
        goods.problem = None
        given = Given(names, pictures, now)
        if is_package(table):
            _open_workbook(goods, Package(table), given, by_hand=by_hand)
        else:
            _open_table(goods, table, given, by_hand=by_hand)
        if goods.source:
            passed = [refuse(0, Fault.FILE_NOT_READ, other) for other in members if other != name]
            goods.items = _after(goods.items, passed)
            return
    if goods.problem is None:
        raise PackageError(Fault.NO_FILE_OF_GOODS)


def _open_workbook(goods: Goods, package: Package, given: Given, *, by_hand: bool = True) -> None:
    """Read the first sheet of a workbook that has the columns of a format; others that have are told of.

    One that was made by hand is read where no other is, and not at all unless *by_hand*.
    """
    book = Workbook(package)
    sources: dict[str, str] = {}
    for name in book.names:
        head = Goods()
        with book.text_of(name, _HEAD) as text:
            _open_sheet(head, text, given, by_hand=by_hand)
        if head.source:
            sources[name] = head.source
        else:
            goods.problem = goods.problem or head.problem
    if sources:
        goods.problem = None
        chosen = min(sources, key=lambda name: sources[name] == plain.SOURCE)
        _open_sheet(goods, goods._open.enter_context(book.text_of(chosen)), given, by_hand=by_hand)
        goods.items = _after(goods.items, [refuse(0, Fault.FILE_NOT_READ, name) for name in sources if name != chosen])
    elif goods.problem is None:
        raise PackageError(Fault.NO_FILE_OF_GOODS)


_HEAD: Final = 50
"""Rows of a sheet by which it is told whether it is of goods."""


def _some(goods: Goods, items: Iterator[Item]) -> Iterator[Item]:
    """Give items; where there are none at all, that is a problem of the file."""
    is_empty = True
    for item in items:
        is_empty = False
        yield item
    if is_empty:
        goods.problem = LineProblem(line=0, fault=Fault.NO_GOODS)


def _after(items: Iterator[Item], passed: Sequence[Item]) -> Iterator[Item]:
    yield from items
    yield from passed


def _known(table: Table) -> int:
    return len({*(table.fields or woocommerce.COLUMNS.fields(table.header))} - {None})


def _open_table(goods: Goods, file: BinaryIO, given: Given, *, by_hand: bool = True) -> None:
    encoding = sniff_encoding(file)
    if encoding is None:
        goods.problem = LineProblem(line=1, fault=Fault.UNREADABLE_TEXT)
        return
    text = open_text(file, encoding)
    try:
        head = text.read(CHUNK)
    finally:
        text.detach()
    goods.encoding, goods.marks = encoding, given.marks
    if google.is_feed(head):
        goods.source, goods.items = google.SOURCE, _some(goods, google.read_feed(file, given))
        return
    found = _find_table(file, encoding, by_hand=by_hand)
    if found is None:
        goods.problem = LineProblem(line=1, fault=Fault.NO_HEADER, value=head.partition("\n")[0].strip()[:80])
        return
    _read(goods, file, *found, given)


def _open_sheet(goods: Goods, file: BinaryIO, given: Given, *, by_hand: bool) -> None:
    found = _find_table(file, workbooks.WRITTEN, workbooks.DELIMITER, by_hand=by_hand)
    if found is None:
        file.seek(0)
        head = file.readline(CHUNK).decode("utf-8", "replace").strip()
        goods.problem = LineProblem(line=1, fault=Fault.NO_HEADER, value=head[:80])
        return
    number, table = found
    _read(goods, file, number, replace(table, is_sheet=True), given)
    goods.encoding, goods.delimiter = workbooks.ENCODING, ""


def _find_table(
    file: BinaryIO, encoding: Encoding, delimiters: str = DELIMITERS, *, by_hand: bool
) -> tuple[int, Table] | None:
    found = find_table(file, encoding, [table.COLUMNS for table in _TABLES if table is not plain], delimiters)
    if found and _TABLES[found[0]] is not woocommerce:
        return found
    unnamed = woocommerce.find_by_position(file, encoding)
    if unnamed and (found is None or _known(found[1]) < _known(unnamed)):
        return _MODULES.index(woocommerce), unnamed
    if found or not by_hand:
        return found
    made = find_table(file, encoding, [plain.COLUMNS], delimiters)
    return (_MODULES.index(plain), made[1]) if made else None


def _read(goods: Goods, file: BinaryIO, number: int, table: Table, given: Given) -> None:
    form = _TABLES[number]
    is_comma_grouping = form.WRITES_POINTS and table.delimiter != ";"
    given = replace(
        given, marks=Marks(is_comma_grouping=is_comma_grouping), others=Marks(is_comma_grouping=is_comma_grouping)
    )
    goods.encoding, goods.delimiter, goods.marks = table.encoding, table.delimiter, given.marks
    # Exports of Shopify's shops with several places, for one, tell of no quantities.
    goods.says_stock = "quantity" in (table.fields or form.COLUMNS.fields(table.header))
    goods.source, goods.items = form.SOURCE, _some(goods, form.read(file, table, given))
