"""Opens uploaded workbooks of Excel (.xlsx) without trusting them: a sheet is written out as a table of text.

What reads tables of text then reads sheets, too, and no format needs to know of workbooks: a cell is what it shows, a
row keeps its number. Memory is that of the texts of a workbook, which are counted before it is opened.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from io import TextIOWrapper
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast
from xml.parsers.expat import ParserCreate

from weiji.porting.encodings import Encoding
from weiji.porting.packages import SPOOL, UNPACKED_MAX, Package, PackageError
from weiji.porting.records import Fault
from weiji.porting.workbook_parts import SHEETS, is_read, unit_of

ENCODING: Final = Encoding("xlsx")
"""What the report says of how a workbook is read."""

WRITTEN: Final = Encoding("utf-8")
DELIMITER: Final = ","
"""How sheets are written out."""

SHEET_MAX: Final = 256 * 1024 * 1024
"""Bytes of a sheet, unpacked."""

STRINGS_MAX: Final = 64 * 1024 * 1024
"""Bytes of all texts of a workbook, which lie in memory while it is read: 20,000 descriptions of 1,000 characters."""

ROWS_MAX: Final = 1_048_576
"""Rows of a sheet, as Excel has them, and texts of a workbook: the shortest costs memory, too."""

TAGS_MAX: Final = 200_000
"""Tags that are in memory together: of one row, one text, or a whole part that is neither. A row of Excel has 16,384
cells at most."""

SIGNS_MAX: Final = 8_000_000
"""Characters of one row or one text."""

PART_MAX: Final = 8 * 1024 * 1024
"""Bytes of any part that is neither a sheet nor texts: looks, names, relations."""

CELLS_MAX: Final = 10_000_000
"""Cells of a sheet, with those that are empty: 10,000 rows of 1,000 columns."""

SHEETS_MAX: Final = 50

_CONTENT_TYPES: Final = "[Content_Types].xml"
_NAMES: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LEGACY: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_THOUSANDTHS: Final = 3


def is_legacy(file: BinaryIO) -> bool:
    """Tell whether a file is a workbook of Excel 97, or one behind a password: both have the same first bytes."""
    file.seek(0)
    return file.read(len(_LEGACY)) == _LEGACY


def is_workbook(package: Package) -> bool:
    """Tell whether a zip file is a workbook."""
    return _CONTENT_TYPES in package.members and any(name.startswith(SHEETS) for name in package.members)


class Workbook:
    """An open workbook: the names of its sheets that show, in their order."""

    def __init__(self, package: Package) -> None:
        """Open it. Raises PackageError."""
        from weiji.porting.excel import open_book

        _check(package)
        package.file.seek(0)
        self._book = _guarded(partial(open_book, package))
        shown = [sheet for sheet in self._book.worksheets if sheet.sheet_state == "visible"]
        self._sheets = {sheet.title: sheet for sheet in shown[:SHEETS_MAX]}

    @property
    def names(self) -> Sequence[str]:
        """Name the sheets."""
        return list(self._sheets)

    @contextmanager
    def text_of(self, name: str, rows_max: int | None = None) -> Iterator[BinaryIO]:
        """Write a sheet, or the first rows of it, as a table of text into a temporary file. Raises PackageError."""
        with SpooledTemporaryFile(SPOOL) as target:
            _guarded(lambda: self._write(name, cast("BinaryIO", target), rows_max))
            target.seek(0)
            yield cast("BinaryIO", target)

    def _write(self, name: str, target: BinaryIO, rows_max: int | None) -> None:
        sheet = self._sheets[name]
        sheet.reset_dimensions()  # What a sheet says of its own size is often wrong.
        text = TextIOWrapper(target, WRITTEN.name, "replace", newline="", write_through=True)
        writer = csv.writer(text, delimiter=DELIMITER)
        cells = blanks = 0
        rows = islice(sheet.iter_rows(min_row=1, min_col=1, values_only=True), rows_max)
        for number, row in enumerate(rows, 1):
            cells += len(row)
            if number > ROWS_MAX or cells > CELLS_MAX or target.tell() > UNPACKED_MAX:
                raise PackageError(Fault.PACKAGE_TOO_LARGE, name)
            if all(value is None for value in row):
                blanks += 1
                continue
            # Those before a row are written, so that it keeps its number; a million behind the last are not.
            text.write(writer.dialect.lineterminator * blanks)
            blanks = 0
            writer.writerow([_shown(value) for value in row])
        text.detach()


def _check(package: Package) -> None:
    """Refuse what would take more memory than there is. Raises PackageError.

    A part is unpacked to find out how large it is: what a zip file says of that is not to be relied on.
    """
    for name in package.members:
        if not is_read(name):
            continue  # Pictures, macros and the settings of printers are never unpacked.
        unit = unit_of(name)
        with package.unpacked(name, {"row": SHEET_MAX, "si": STRINGS_MAX}.get(unit or "", PART_MAX)) as part:
            _guarded(partial(_measure, part, name, f"{_NAMES} {unit}" if unit else None))


def _measure(part: BinaryIO, name: str, unit: str | None) -> None:
    """Count what of a part lies in memory at a time: its largest row or text, how many there are, and all that is
    between them, which stays there. Without a *unit* that is all of it: a sheet that lies where none should, too.
    """
    parser = ParserCreate(namespace_separator=" ")
    tags = signs = units = depth = 0
    between = 0, 0

    def begin(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal tags, depth, between
        if tag == unit:
            between = between if depth else (tags, signs)
            depth += 1
        tags += 1
        if tags > TAGS_MAX:
            raise PackageError(Fault.PACKAGE_TOO_LARGE, name)

    def read(text: str) -> None:
        nonlocal signs
        signs += len(text)
        if signs > SIGNS_MAX:
            raise PackageError(Fault.PACKAGE_TOO_LARGE, name)

    def end(tag: str) -> None:
        nonlocal tags, signs, units, depth
        if tag == unit:
            depth -= 1
            tags, signs = (tags, signs) if depth else between
            units += 1
            if units > ROWS_MAX:
                raise PackageError(Fault.PACKAGE_TOO_LARGE, name)

    def declare(*_declaration: object) -> None:
        raise PackageError(Fault.BROKEN_PACKAGE, name)  # No workbook declares entities, and those may grow.

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = read, declare
    parser.ParseFile(part)


def _guarded(work: Callable[[], Any]) -> Any:
    """Do something with a workbook. Raises PackageError, whatever the library raises of what is in it."""
    try:
        return work()
    except PackageError:
        raise
    except Exception as error:  # It checks little: a broken workbook may raise anything from a KeyError on.
        raise PackageError(Fault.BROKEN_PACKAGE, str(error).partition("\n")[0]) from error


def _shown(value: object) -> str:
    """Write a cell as people read it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _number(value)
        case datetime():
            return value.isoformat(" ").removesuffix(" 00:00:00")
        case date():
            return value.isoformat()
        case str():
            return _unescaped(value) if "_x" in value else value
        case _:
            return str(value)


def _unescaped(text: str) -> str:
    from weiji.porting.excel import unescape

    return unescape(text)


def _number(value: float) -> str:
    """Write a number with the fifteen digits that Excel has: 19.9 is stored as 19.899999999999999.

    Three digits behind the point get a fourth: a text `1.250` may be over a thousand, and this can't.
    """
    text = f"{value:.15g}"
    if "e" in text:
        return f"{value:.0f}" if value.is_integer() and abs(value) < 10**20 else text
    return text + "0" if len(text.partition(".")[2]) == _THOUSANDTHS else text
