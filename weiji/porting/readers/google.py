"""Reads Google Merchant feeds: tables, and RSS or Atom. Items of one `item_group_id` make one product."""

import html
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from html.entities import html5
from typing import BinaryIO, Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from msgspec.structs import replace

from weiji.catalog import OPTIONS_MAX, PRESALE_DAYS_MAX, Presale, ProductState
from weiji.porting.cells import split_list
from weiji.porting.encodings import open_text, sniff_encoding
from weiji.porting.readers.base import (
    REST_NAMES,
    Findings,
    Given,
    add_others,
    line_of,
    options_of,
    pictures_of,
    read_time,
)
from weiji.porting.records import VALUE_MAX, Fault, Item, LineProblem, ProductRecord, SkuRecord
from weiji.porting.tables import CELL_MAX, Columns, Group, Row, Table, groups_of, normal, unreadable

SOURCE: Final = "google"

_NAMES: Final = {
    "id": ("id",),
    "group": ("item group id",),
    "title": ("title",),
    "group_title": ("item group title",),
    "description": ("description",),
    "picture": ("image link",),
    "pictures": ("additional image link",),
    "availability": ("availability",),
    "available_at": ("availability date",),
    "price": ("price",),
    "sale_price": ("sale price",),
    "sale_dates": ("sale price effective date",),
    "vendor": ("brand",),
    "barcode": ("gtin",),
    "code": ("mpn",),
    "kind": ("product type",),
    "weight": ("shipping weight", "product weight"),
    "quantity": ("quantity", "sell on google quantity"),
    "color": ("color",),
    "size": ("size",),
    "material": ("material",),
    "pattern": ("pattern",),
    "age_group": ("age group",),
    "gender": ("gender",),
}

COLUMNS: Final = Columns(
    # A table may have the prefix that the elements of feeds have.
    names={
        **{field: (*names, *(f"g:{name}" for name in names)) for field, names in _NAMES.items()},
        "rest": REST_NAMES,
    },
    needed=(("id",), ("title",), ("price",), ("picture", "availability")),
)

OPTIONS: Final = {
    "color": "颜色",
    "size": "尺码",
    "material": "材质",
    "pattern": "图案",
    "age_group": "年龄段",
    "gender": "性别",
}
"""Attributes by which items of a group differ, and what they are called here."""

WRITES_POINTS: Final = True

WEIGHTS: Final = {"g": Decimal(1), "kg": Decimal(1000), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125")}

_WEIGHT: Final = re.compile(r"(.*?)\s*([a-z]*)\.?", re.DOTALL)
_ITEM: Final = re.compile(r"<(item|entry)(?=[\s>])", re.IGNORECASE)
_END: Final = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("item", "entry")}
_TAG: Final = re.compile(r"<[a-z/!]", re.IGNORECASE)


def read(file: BinaryIO, table: Table, given: Given) -> Iterator[Item]:
    """Read the products of a table one by one."""
    for item in groups_of(file, table, COLUMNS, _key, look=lambda row: _look(row, given)):
        yield _product(item, given) if isinstance(item, Group) else item


def _look(row: Row, given: Given) -> None:
    given.look(row, ("price", "sale_price"))
    given.others.count(_split_weight(row)[0])


def _key(row: Row) -> str:
    return row.get("group") or row.get("id")


def is_feed(head: str) -> bool:
    """Tell whether a file begins as RSS or Atom does."""
    return bool(re.match(r"\ufeff?\s*<(\?xml|rss|feed|!--)", head, re.IGNORECASE))


def read_feed(file: BinaryIO, given: Given) -> Iterator[Item]:
    """Read the products of an RSS or Atom feed one by one. An item that is no XML does not stop the rest."""
    encoding = sniff_encoding(file)
    if encoding is None:
        yield unreadable()
        return
    last: dict[str, int] = {}

    def rows() -> Iterator[Row]:
        text = open_text(file, encoding)
        try:
            for line, source in _items(text.read):
                row = _row(line, source)
                if row.problem and (mended := _mended(source)) != source:
                    # Shops write `&nbsp;` and a lone `&` in what is to be XML.
                    row = _row(line, mended)
                if not encoding.is_exact and "\ufffd" in source and not row.problem:
                    row = replace(row, problem=LineProblem(line=line, fault=Fault.UNREADABLE_TEXT))
                yield row
        finally:
            text.detach()

    for number, row in enumerate(rows()):
        _look(row, given)
        last[_key(row)] = number
    pending: dict[str, Group] = {}
    for number, row in enumerate(rows()):
        key = _key(row)
        if not key:
            findings = Findings(COLUMNS, [row], given)
            if not row.problem:
                findings.add(row, Fault.NO_HANDLE, "id")
            yield findings.finish("", row.get("title")[:VALUE_MAX], None)
            continue
        group = pending.setdefault(key, Group(key, []))
        group.rows.append(row)
        if last[key] == number:
            yield _product(pending.pop(key), given)


def _items(read_text: Callable[[int], str]) -> Iterator[tuple[int, str]]:
    """Cut a feed into its items: the line at which each begins, and its source."""
    text, line = "", 1
    while True:
        chunk = read_text(1 << 16)
        text += chunk
        while begin := _ITEM.search(text):
            end = _END[begin[1].lower()].search(text, begin.end())
            again = _ITEM.search(text, begin.end())
            if end is None and again is None and chunk and len(text) - begin.start() < CELL_MAX:
                break
            # An item that is not closed ends where the next begins.
            if again and (end is None or again.start() < end.start()):
                stop = again.start()
            else:
                stop = end.end() if end else len(text)
            yield line + text.count("\n", 0, begin.start()), text[begin.start() : stop]
            line += text.count("\n", 0, stop)
            text = text[stop:]
        if not chunk:
            return
        if not _ITEM.search(text):
            keep = len(text) - 20
            if keep > 0:
                line += text.count("\n", 0, keep)
                text = text[keep:]


_CDATA: Final = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_AMPERSAND: Final = re.compile(r"&(?:(#\d{1,7}|#x[0-9a-fA-F]{1,6}|lt|gt|amp|quot|apos)|([A-Za-z][A-Za-z0-9]{1,31}));|&")


def _mended(source: str) -> str:
    """Write names of signs as HTML has them, and ampersands that begin none, as XML has them."""

    def mend(match: re.Match[str]) -> str:
        if match[1]:
            return match[0]
        sign = html5.get(f"{match[2]};") if match[2] else None
        return escape(sign) if sign else match[0].replace("&", "&amp;")

    parts = _CDATA.split(source)
    return "".join(part if n % 2 else _AMPERSAND.sub(mend, part) for n, part in enumerate(parts))


def _row(line: int, source: str) -> Row:
    """Read one item: what its elements say, without the prefixes of their names."""
    known: dict[str, list[str]] = {}
    fields = {name: field for field, names in COLUMNS.names.items() for name in names}
    others: dict[str, list[str]] = {}
    path: list[str] = []
    words: deque[str] = deque()

    def begin(name: str, _attributes: Mapping[str, str]) -> None:
        path.append(normal(name.rpartition(":")[2]))
        if len(path) == 2:
            words.clear()

    def end(_name: str) -> None:
        name = path.pop()
        if len(path) == 1:
            text = "".join(words).strip()
            field = fields.get(name)
            (known.setdefault(field, []) if field else others.setdefault(name, [])).append(text)

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = words.append
    problem = None
    try:
        # No document type can stand inside an element, so nothing can be defined that grows.
        parser.Parse(source.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        problem = LineProblem(line=line + error.lineno - 1, fault=Fault.BROKEN_LINE, value=str(error)[:VALUE_MAX])
    cells = {
        field: ", ".join(filter(None, texts)) if field == "pictures" else texts[0] for field, texts in known.items()
    }
    kept = {name: ", ".join(filter(None, texts)) for name, texts in others.items() if any(texts)}
    return Row(line, cells, kept, problem)


_BARE: Final = re.compile(r"[\d.,\s]*", re.ASCII)
"""An amount without a currency."""


def _product(group: Group, given: Given) -> Item:
    rows, first = group.rows, group.rows[0]
    findings = Findings(COLUMNS, rows, given)
    title = line_of(first.get("group_title") or first.get("title"))
    if not title:
        findings.add(first, Fault.NO_TITLE, "title")
    if len(rows) > 1 and not first.get("group"):
        for row in rows[1:]:
            findings.add(row, Fault.HANDLE_AGAIN, "id")
    names = _option_names(rows)
    skus = [sku for row in rows if (sku := _sku(row, names, len(rows) > 1, findings, given))]
    if findings.is_refused() or not skus:
        return findings.finish(group.key, title, None)
    description = first.get("description")
    # Google has descriptions without tags; shops send them with.
    description = description if _TAG.search(description) else html.escape(description, quote=False)
    product = ProductRecord(
        line=first.line,
        rows=(),
        handle=group.key,
        title=title,
        description_html=description,
        vendor=first.get("vendor"),
        kind=first.get("kind").rpartition(">")[2].strip(),
        options=options_of([OPTIONS.get(name, name) for name in names], skus),
        pictures=pictures_of(
            *((url, "") for row in rows for url in (row.get("picture"), *split_list(row.get("pictures")))),
            html=description,
        ),
        state=ProductState.LISTED,
        extra=_extra(rows, names),
        facts={OPTIONS[name]: text for name in OPTIONS if name not in names and (text := first.get(name))},
        presale=_presale(rows, findings, given.now),
        skus=tuple(skus),
    )
    return findings.finish(group.key, title, product)


def _presale(rows: Sequence[Row], findings: Findings, now: datetime | None) -> Presale | None:
    """Tell until when a product is ordered before it is there: the last of its items counts."""
    waiting = [row for row in rows if normal(row.get("availability")) == "preorder"]
    if now is None or len(waiting) < len(rows):
        return None
    times = []
    for row in waiting:
        found = read_time(row.get("available_at"))
        if found is None or not now < found <= now + timedelta(days=PRESALE_DAYS_MAX):
            findings.add(row, Fault.INVALID_DATE, "available_at")
            return None
        times.append(found)
    return Presale(ends_at=max(times), ships_at=max(times))


def _option_names(rows: Sequence[Row]) -> list[str]:
    """Tell by which attributes the items of a group differ; where none tells them apart, by their ids."""
    if len(rows) == 1:
        return []
    names = [name for name in OPTIONS if all(values := [row.get(name) for row in rows]) and len(set(values)) > 1]
    names = names[:OPTIONS_MAX]
    return names if names and len({tuple(row.get(name) for name in names) for row in rows}) == len(rows) else ["id"]


def _sku(row: Row, names: Sequence[str], is_one_of_many: bool, findings: Findings, given: Given) -> SkuRecord | None:
    price, sale_price = findings.price(row, "price"), findings.price(row, "sale_price")
    if price is not None and _BARE.fullmatch(row.get("price")):
        findings.add(row, Fault.CURRENCY_UNKNOWN, "price")
    if price is None:
        if not row.get("price"):
            findings.add(row, Fault.INVALID_PRICE, "price")
        return None
    begin, _, end = row.get("sale_dates").partition("/")
    if sale_price is not None and not findings.is_reduced(row, "sale_dates", given.now, begin, end):
        sale_price = None
    availability = normal(row.get("availability"))
    if availability == "in stock" and not row.get("quantity"):
        findings.add(row, Fault.STOCK_UNKNOWN, "quantity", availability)
    return SkuRecord(
        choices=tuple(line_of(row.get(name)) for name in names),
        price=price if sale_price is None else sale_price,
        compare_at=None if sale_price is None else price,
        code=row.get("code") or row.get("id"),
        barcode=findings.barcode(row, "barcode"),
        weight_grams=_weight(row, findings),
        picture=row.get("picture") or None if is_one_of_many else None,
        on_hand=findings.whole(row, "quantity"),
    )


def _split_weight(row: Row) -> tuple[str, str]:
    match = _WEIGHT.fullmatch(row.get("weight").lower())
    assert match, "it takes every text"
    return match[1], match[2]


def _weight(row: Row, findings: Findings) -> int:
    number, unit = _split_weight(row)
    grams = WEIGHTS.get(unit.rstrip("s") or "g")
    if grams is None:
        findings.add(row, Fault.INVALID_NUMBER, "weight")
        return 0
    return findings.whole(row, "weight", number, grams)


def _extra(rows: Sequence[Row], names: Sequence[str]) -> dict[str, str]:
    """Keep what we have no place for; what only one item has, or has otherwise, with its id."""
    first = rows[0]
    extra = dict(first.others)
    if first.get("sale_dates"):
        extra["sale_price_effective_date"] = first.get("sale_dates")
        extra["sale_price"] = first.get("sale_price")
    extra |= {name: text for name in OPTIONS if name not in names and (text := first.get(name))}
    if first.get("available_at"):
        extra["availability date"] = first.get("available_at")
    if first.get("kind"):
        extra["product_type"] = first.get("kind")
    for row in rows[1:]:
        add_others(extra, row, row.get("id"))
    return extra
