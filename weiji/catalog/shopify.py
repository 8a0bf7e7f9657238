"""Reads Shopify's product files: CSV, both generations of columns, whatever the encoding and the delimiter.

Nothing here raises because of what a file holds: what can't be read comes out as problems with their lines.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from io import TextIOWrapper
from typing import BinaryIO, Final

from msgspec import Struct

from weiji.catalog.model import Option, Picture, ProductState
from weiji.catalog.records import Fault, Problem, ProductRecord, SkuRecord

SOURCE: Final = "shopify"

CELL_MAX: Final = 1_000_000
"""Characters of one cell. A file that has more is broken: most likely a quote that is never closed."""

VALUE_MAX: Final = 80
"""Characters of a cell that a problem quotes."""

CHUNK: Final = 1 << 16

COLUMNS: Final = {
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "description": ("body (html)", "description"),
    "vendor": ("vendor",),
    "kind": ("type",),
    "tags": ("tags",),
    "published": ("published", "published on online store"),
    "status": ("status",),
    "option1_name": ("option1 name",),
    "option1": ("option1 value",),
    "option2_name": ("option2 name",),
    "option2": ("option2 value",),
    "option3_name": ("option3 name",),
    "option3": ("option3 value",),
    "code": ("variant sku", "sku"),
    "barcode": ("variant barcode", "barcode"),
    "price": ("variant price", "price"),
    "compare_at": ("variant compare at price", "compare-at price"),
    "weight": ("variant grams", "weight value (grams)"),
    "quantity": ("variant inventory qty", "inventory quantity"),
    "picture": ("image src", "product image url"),
    "picture_position": ("image position",),
    "picture_alt": ("image alt text",),
    "sku_picture": ("variant image", "variant image url"),
}
"""What we know, and how the older and the current generation call it. Other columns are kept as they are."""

_FIELDS: Final = {name: field for field, names in COLUMNS.items() for name in names}
_PRICE: Final = re.compile(r"[¥￥$€£]?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?", re.ASCII)


class Row(Struct, frozen=True):
    """A row of the file: the line it begins at, the cells we know by field, the others by column."""

    line: int
    cells: dict[str, str]
    others: dict[str, str]

    def get(self, field: str) -> str:
        """Tell what a field says, without spaces around it; nothing where the file has no such column."""
        return self.cells.get(field, "").strip()


def read_products(file: BinaryIO) -> Iterator[ProductRecord | Problem]:
    """Read the products of a file one by one, in its order. *file* is read twice and has to be seekable."""
    encoding = sniff_encoding(file)
    if encoding is None:
        yield Problem(line=1, fault=Fault.UNREADABLE_TEXT)
        return
    file.seek(0)
    text = TextIOWrapper(file, encoding, newline="")
    try:
        yield from _read_text(text)
    finally:
        text.detach()


def sniff_encoding(file: BinaryIO) -> str | None:
    """Tell the encoding that all of a file can be read in."""
    file.seek(0)
    head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif len(head) > 1 and head[1] == 0:
        candidates = ["utf-16-le"]
    elif len(head) > 1 and head[0] == 0:
        candidates = ["utf-16-be"]
    else:
        candidates = ["utf-8-sig", "gb18030"]
    return next((encoding for encoding in candidates if _can_read(file, encoding)), None)


def _can_read(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _read_text(text: TextIOWrapper) -> Iterator[ProductRecord | Problem]:
    delimiter = _sniff_delimiter(text)
    seen: set[str] = set()
    group: list[Row] = []
    problems: list[Problem] = []
    for row in _rows(text, delimiter):
        if isinstance(row, Problem):
            problems.append(row)
            if row.fault is Fault.NO_HEADER:
                break
            continue
        handle = row.get("handle")
        if not handle:
            problems.append(_problem(row, Fault.NO_HANDLE, "handle"))
            continue
        if group and group[0].get("handle") == handle:
            group.append(row)
            continue
        yield from _finish(group, problems, seen)
        group, problems = [row], []
    yield from _finish(group, problems, seen)


def _sniff_delimiter(text: TextIOWrapper) -> str:
    """Take the delimiter that splits the first line into the most columns we know."""
    header = text.readline()
    text.seek(0)

    def known(delimiter: str) -> int:
        return sum(_normal(cell) in _FIELDS for row in csv.reader([header], delimiter=delimiter) for cell in row)

    return max(",;\t|", key=known)


def _normal(name: str) -> str:
    return " ".join(name.replace("\ufeff", "").lower().split())


def _rows(text: TextIOWrapper, delimiter: str) -> Iterator[Row | Problem]:
    """Read rows, RFC 4180: a cell in quotes may have line breaks."""
    csv.field_size_limit(CELL_MAX)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Problem(line=line, fault=Fault.BROKEN_LINE if header else Fault.NO_HEADER, value=str(error))
            continue
        if header is None:
            header = [name.replace("\ufeff", "").strip() for name in cells]
            if not {"handle", "title", "price"} <= {_FIELDS.get(_normal(name)) for name in header}:
                yield Problem(line=line, fault=Fault.NO_HEADER, value=" ".join(header)[:VALUE_MAX])
                return
        elif any(cell.strip() for cell in cells):
            yield _row(line, header, cells)


def _row(line: int, header: list[str], cells: list[str]) -> Row | Problem:
    if any(cell.strip() for cell in cells[len(header) :]):
        return Problem(line=line, fault=Fault.BROKEN_LINE, value=cells[len(header)][:VALUE_MAX])
    known: dict[str, str] = {}
    others: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        field = _FIELDS.get(_normal(name))
        if field and field not in known:
            known[field] = cell
        elif name and cell.strip():
            others[name] = cell.strip()
    return Row(line, known, others)


def _problem(row: Row, fault: Fault, field: str) -> Problem:
    value = row.get(field)[:VALUE_MAX]
    return Problem(line=row.line, fault=fault, column=COLUMNS[field][0], value=value, handle=row.get("handle"))


def _finish(rows: list[Row], problems: list[Problem], seen: set[str]) -> Iterator[ProductRecord | Problem]:
    """Make the product of its rows, unless anything is wrong with one of them."""
    if rows:
        first = rows[0]
        handle = first.get("handle")
        if handle in seen:
            problems.append(_problem(first, Fault.HANDLE_AGAIN, "handle"))
        seen.add(handle)
        if not first.get("title"):
            problems.append(_problem(first, Fault.NO_TITLE, "title"))
        names = _option_names(first, rows)
        skus = [(row, _sku(row, len(names), problems)) for row in rows if _is_sku(row)]
        if not skus:
            problems.append(_problem(first, Fault.NO_SKUS, "price"))
        found = [(row, sku) for row, sku in skus if sku]
        if not problems:
            yield _product(rows, names, found)
    yield from sorted(problems, key=lambda problem: problem.line)


def _is_sku(row: Row) -> bool:
    """Tell a row with a SKU from one that only adds a picture."""
    return any(row.get(field) for field in ("price", "option1", "code"))


def _option_names(first: Row, rows: list[Row]) -> list[str]:
    """Tell the options. One SKU whose only option is `Title` has none: that is how Shopify writes it."""
    names = [name for n in "123" if (name := first.get(f"option{n}_name"))]
    if names == ["Title"] and {row.get("option1") for row in rows if _is_sku(row)} <= {"Default Title", ""}:
        return []
    return names


def _sku(row: Row, options: int, problems: list[Problem]) -> SkuRecord | None:
    choices = tuple(row.get(f"option{n + 1}") for n in range(options))
    for n, choice in enumerate(choices):
        if not choice:
            problems.append(_problem(row, Fault.MISSING_CHOICE, f"option{n + 1}"))
    price = parse_price(row.get("price"))
    if price is None:
        problems.append(_problem(row, Fault.INVALID_PRICE, "price"))
    compare_at = parse_price(row.get("compare_at")) if row.get("compare_at") else None
    if compare_at is None and row.get("compare_at"):
        problems.append(_problem(row, Fault.INVALID_PRICE, "compare_at"))
    numbers = {field: _whole(row.get(field)) for field in ("weight", "quantity")}
    for field, number in numbers.items():
        if number is None:
            problems.append(_problem(row, Fault.INVALID_NUMBER, field))
    if price is None or None in numbers.values():
        return None
    return SkuRecord(
        choices=choices,
        price=price,
        compare_at=compare_at,
        code=row.get("code"),
        barcode=row.get("barcode").lstrip("'"),  # Exported so that a spreadsheet leaves the digits alone.
        weight_grams=max(0, numbers["weight"] or 0),
        picture=row.get("sku_picture") or None,
        on_hand=max(0, numbers["quantity"] or 0),
    )


def parse_price(text: str) -> int | None:
    """Read an amount as fen: exactly, or not at all. `9,99` is not a price: it might be ten or a thousand."""
    match = _PRICE.fullmatch(text)
    if not match:
        return None
    fen = ((match[2] or "").rstrip("0") + "00")[:2] if len((match[2] or "").rstrip("0")) <= 2 else None
    whole = match[1].replace(",", "")
    return int(whole) * 100 + int(fen) if fen is not None and len(whole) <= 15 else None


def _whole(text: str) -> int | None:
    """Read a number, rounded to a whole one; nothing is 0."""
    try:
        number = Decimal(text or "0")
    except InvalidOperation:
        return None
    return round(number) if number.is_finite() and abs(number) < 10**15 else None


def _product(rows: list[Row], names: list[str], skus: list[tuple[Row, SkuRecord]]) -> ProductRecord:
    first = rows[0]
    return ProductRecord(
        line=first.line,
        handle=first.get("handle"),
        title=" ".join(first.get("title").split()),
        description_html=first.get("description"),
        vendor=first.get("vendor"),
        kind=first.get("kind"),
        tags=tuple(dict.fromkeys(tag for part in first.get("tags").split(",") if (tag := part.strip()))),
        options=tuple(
            Option(name, tuple(dict.fromkeys(sku.choices[n] for _, sku in skus))) for n, name in enumerate(names)
        ),
        pictures=_pictures(rows),
        state=_state(first),
        extra=_extra(skus, first),
        skus=tuple(sku for _, sku in skus),
    )


def _state(first: Row) -> ProductState:
    status, is_published = first.get("status").lower(), first.get("published").lower() not in ("false", "no", "0")
    if status == "archived":
        return ProductState.WITHDRAWN
    return ProductState.LISTED if status in ("", "active") and is_published else ProductState.DRAFT


def _pictures(rows: list[Row]) -> tuple[Picture, ...]:
    """Put the pictures in their positions, then those of SKUs, then those that the description shows; each once."""
    placed = []
    for row in rows:
        if url := row.get("picture"):
            position = row.get("picture_position")
            placed.append((int(position) if position.isdecimal() else len(rows), url, row.get("picture_alt")))
    placed.sort(key=lambda picture: picture[0])
    pictures = {url: alt for _, url, alt in reversed(placed)}
    pictures = {url: pictures[url] for _, url, _ in placed}
    for row in rows:
        pictures.setdefault(row.get("sku_picture"), "")
    for url, alt in _shown(rows[0].get("description")):
        pictures.setdefault(url, alt)
    pictures.pop("", None)
    return tuple(Picture(url=url, alt=alt) for url, alt in pictures.items())


class _Images(HTMLParser):
    """Gathers the pictures of a description."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a picture is."""
        values = dict(attrs)
        if tag == "img":
            self.found.append(((values.get("src") or "").strip(), values.get("alt") or ""))


def _shown(html: str) -> list[tuple[str, str]]:
    """Find the pictures in a description, which itself is stored without them."""
    if "<img" not in html.lower():
        return []
    parser = _Images()
    parser.feed(html)
    return [(url, alt) for url, alt in parser.found if not url.startswith("data:")]


def _extra(skus: list[tuple[Row, SkuRecord]], first: Row) -> dict[str, str]:
    """Keep what we have no place for. What only one SKU has, or has otherwise, is kept with its choices."""
    extra = dict(first.others)
    for row, sku in skus:
        if row is not first:
            name = " / ".join(sku.choices)
            extra |= {f"{column} ({name})": value for column, value in row.others.items() if extra.get(column) != value}
    return extra
