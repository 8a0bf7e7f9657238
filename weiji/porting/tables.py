"""Reads tables of text: sniffs the delimiter, and gives row after row whatever the file holds.

A row that can't be read is told of with its line; the next is read all the same. Nothing here raises because of what a
file holds.
"""

import csv
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from itertools import islice
from typing import BinaryIO, Final

from msgspec import Struct
from msgspec.structs import replace

from weiji.porting.cells import read_safe
from weiji.porting.encodings import Encoding, open_text
from weiji.porting.records import VALUE_MAX, Fault, LineProblem, Refusal, refuse

CELL_MAX: Final = 1_000_000
"""Characters of one row. A file that has more is broken: most likely a quote that is never closed."""

LINES_MAX: Final = 20_000
"""Lines of one row: the line breaks of a description."""

WASTE_MAX: Final = 1_000_000
"""Lines that are read in vain, in search of the end of a quote, before rows have a line each."""

HEADER_WITHIN: Final = 5
"""Rows among which the one with the names of columns is sought."""

DELIMITERS: Final = ",\t;|"
"""What may stand between cells."""

UNNAMED: Final = "?"
"""What a column without a name is called."""

REST: Final = "weiji_rest"
"""The column with what a format has no place for: see `records.keep`."""


class Raw(Struct, frozen=True):
    """A row as it stands: its first line, how many it has, its cells, or why there are none."""

    line: int
    lines: int
    cells: list[str]
    error: str = ""


class Row(Struct, frozen=True):
    """A row: the line it begins at, the cells we know by field, the others by column, and what is wrong with it."""

    line: int
    cells: dict[str, str]
    others: dict[str, str]
    problem: LineProblem | None = None

    def get(self, field: str) -> str:
        """Tell what a field says, without spaces around it; nothing where the file has no such column."""
        return self.cells.get(field, "").strip()

    def has(self, field: str) -> bool:
        """Tell whether the file has such a column, whatever it says."""
        return field in self.cells


class Columns(Struct, frozen=True):
    """What a format's columns are called, by field, and which fields tell it from others."""

    names: dict[str, tuple[str, ...]]
    needed: tuple[tuple[str, ...], ...]
    """Of each, one at least must be there."""
    barred: tuple[str, ...] = ()
    """Names that none of its columns has: a table with one of them is another."""

    def fields(self, header: Sequence[str]) -> list[str | None]:
        """Tell the field of each column. Two may have one: the first of them that says anything counts."""
        known = {name: field for field, names in self.names.items() for name in names}
        return [known.get(normal(name)) for name in header]

    def is_header(self, header: Sequence[str]) -> bool:
        """Tell whether a row has the names of this format's columns."""
        found = set(self.fields(header))
        is_other = bool(self.barred) and any(normal(name) in self.barred for name in header)
        return not is_other and all(not found.isdisjoint(names) for names in self.needed)


class Table(Struct, frozen=True):
    """Where in a file the rows are, and how they are to be read."""

    encoding: Encoding
    delimiter: str
    header: list[str]
    header_row: int
    """How many rows stand before the first of goods."""
    fields: tuple[str | None, ...] = ()
    """What each column is, where that does not come from its name."""
    is_sheet: bool = False
    """Whether it was a sheet: its rows have numbers, and its lines have none."""


def normal(name: str) -> str:
    """Write a column's name as names are compared: small letters, single spaces, no wide forms or curled quotes."""
    plain = unicodedata.normalize("NFKC", clean(name).replace("_", " ").replace("’", "'"))
    return " ".join(plain.lower().split())


def clean(name: str) -> str:
    """Take from a column's name the mark of an encoding, and the quotes that are none because of it."""
    return name.replace("\ufeff", "").strip().strip('"') if "\ufeff" in name else name.strip()


def find_table(
    file: BinaryIO, encoding: Encoding, formats: Sequence[Columns], delimiters: str = DELIMITERS
) -> tuple[int, Table] | None:
    """Find the row that names the columns, and whose columns they are: the format that knows the most of them."""
    best: tuple[int, int, Table] | None = None
    for delimiter in delimiters:
        text = open_text(file, encoding)
        try:
            heads = [raw.cells for raw in islice(raw_rows(text, delimiter), HEADER_WITHIN)]
        finally:
            text.detach()
        for place, cells in enumerate(heads):
            for number, columns in enumerate(formats):
                known = len({*columns.fields(cells)} - {None})
                if (best is None or known > best[0]) and columns.is_header(cells):
                    header = [clean(name) for name in cells]
                    best = (known, number, Table(encoding, delimiter, header, place + 1))
    return best[1:] if best else None


def raw_rows(text: TextIOWrapper, delimiter: str, width: int = 0) -> Iterator[Raw]:
    """Read rows, RFC 4180: a cell in quotes may have line breaks.

    Where quotes do not match, only the line at which the row begins is given up: the next is read anew. What has tabs
    between its cells may know no quotes at all: a line that has *width* cells is one row then.
    """
    csv.field_size_limit(CELL_MAX)
    waiting: deque[str] = deque()
    taken: list[str] = []
    line, wasted = 1, 0

    def feed() -> Iterator[str]:
        size = 0
        limit = LINES_MAX if wasted < WASTE_MAX else 1
        while len(taken) < limit and size < CELL_MAX:
            found = waiting.popleft() if waiting else text.readline()
            if not found:
                return
            taken.append(found)
            size += len(found)
            yield found

    while True:
        taken.clear()
        try:
            cells = next(csv.reader(feed(), delimiter=delimiter, strict=True))
        except StopIteration:
            return
        except csv.Error as error:
            wasted += len(taken)
            waiting.extendleft(reversed(taken[1:]))
            if (plain := _unquoted(taken[0], delimiter)) and len(plain) == width:
                yield Raw(line, 1, plain)
                line += 1
                continue
            # As far as it goes: it may tell which product the line is of.
            begun = next(csv.reader(taken[:1], delimiter=delimiter), []) if len(taken[0]) < CELL_MAX else []
            yield Raw(line, 1, begun, str(error))
            line += 1
            continue
        if width and len(taken) > 1 and all(len(_unquoted(each, delimiter)) == width for each in taken):
            # A quote at the beginning of a cell, and one at the end of another, several goods further on.
            waiting.extendleft(reversed(taken[1:]))
            yield Raw(line, 1, _unquoted(taken[0], delimiter))
            line += 1
            continue
        yield Raw(line, len(taken), cells)
        line += len(taken)


def _unquoted(line: str, delimiter: str) -> list[str]:
    """Split a line at its tabs: quotes mean nothing, but for a pair around a whole cell, which some put there whatever
    is in it."""
    cells = line.rstrip("\r\n").split(delimiter) if delimiter == "\t" else []
    return [cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in cells]


def rows_of(file: BinaryIO, table: Table, columns: Columns) -> Iterator[Row]:
    """Read the rows of goods; blank ones are passed over."""
    fields = table.fields or columns.fields(table.header)
    text = open_text(file, table.encoding)
    try:
        rows = enumerate(raw_rows(text, table.delimiter, len(table.header)), 1)
        for number, raw in islice(rows, table.header_row, None):
            if raw.error or any(cell.strip() for cell in raw.cells):
                yield _row(replace(raw, line=number) if table.is_sheet else raw, table, fields)
    finally:
        text.detach()


def _row(raw: Raw, table: Table, fields: Sequence[str | None]) -> Row:
    known: dict[str, str] = {}
    others: dict[str, str] = {}
    for name, field, cell in zip(table.header, fields, raw.cells, strict=False):
        if field and not known.get(field, "").strip():
            known[field] = read_safe(cell)
        elif cell.strip() and (field is None or read_safe(cell) != known[field]):
            others[_free(others, name or UNNAMED)] = read_safe(cell.strip())
    return Row(raw.line, known, others, _fault(raw, table))


def _free(others: Mapping[str, str], name: str) -> str:
    """Give a column a name that no other has: a table may have two of one name, or some without."""
    free, n = name, 1
    while free in others:
        n += 1
        free = f"{name} ({n})"
    return free


def _fault(raw: Raw, table: Table) -> LineProblem | None:
    surplus = [cell for cell in raw.cells[len(table.header) :] if cell.strip()]
    if raw.error or surplus:
        value = surplus[0] if surplus else raw.error
        return LineProblem(line=raw.line, fault=Fault.BROKEN_LINE, value=value[:VALUE_MAX])
    wrong = [] if table.encoding.is_exact else [cell for cell in raw.cells if "\ufffd" in cell]
    return LineProblem(line=raw.line, fault=Fault.UNREADABLE_TEXT, value=wrong[0][:VALUE_MAX]) if wrong else None


class Group(Struct):
    """The rows of one product, in the order of the file."""

    key: str
    rows: list[Row]


def groups_of(
    file: BinaryIO,
    table: Table,
    columns: Columns,
    key_of: Callable[[Row], str],
    alias_of: Callable[[Row], str] = lambda _: "",
    look: Callable[[Row], None] = lambda _: None,
    translated: Callable[[Row], Row] = lambda row: row,
) -> Iterator[Group | Refusal]:
    """Read the rows of each product together, wherever in the file they stand.

    The file is read twice: at first only to learn where each product ends, so that no more is held than products that
    are not yet whole. *alias_of* gives a row's second key, by which others may name it. *look* sees every row before
    the first product is given. *translated* makes of a row what all of these read.
    """
    last: dict[str, int] = {}
    aliases: dict[str, str] = {}
    for number, row in enumerate(map(translated, rows_of(file, table, columns))):
        look(row)
        key = key_of(row)
        if key:
            last[key] = number
            alias = alias_of(row)
            if alias:
                aliases.setdefault(alias, key)
    for alias, key in aliases.items():
        last[key] = max(last.get(key, 0), last.get(alias, 0))
    pending: dict[str, Group] = {}
    for number, row in enumerate(map(translated, rows_of(file, table, columns))):
        key = key_of(row)
        key = aliases.get(key, key)
        if not key:
            problem = row.problem or LineProblem(line=row.line, fault=Fault.NO_HANDLE)
            yield Refusal(line=row.line, rows=(row.line,), problems=(problem,), title=row.get("title")[:VALUE_MAX])
            continue
        group = pending.setdefault(key, Group(key, []))
        group.rows.append(row)
        if last[key] == number:
            yield pending.pop(key)


def unreadable(line: int = 1) -> Refusal:
    """Refuse a file that is no text."""
    return refuse(line, Fault.UNREADABLE_TEXT)
