"""Reads WooCommerce's product CSV: simple products, and variable ones with their variations."""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from itertools import product as combine
from typing import BinaryIO, Final
from urllib.parse import unquote

from msgspec.structs import replace

from weiji.catalog import SKUS_MAX, Delivery, Option, ProductState
from weiji.porting.cells import split_list
from weiji.porting.encodings import Encoding, open_text
from weiji.porting.readers.base import REST_NAMES, Findings, Given, add_others, line_of, pictures_of
from weiji.porting.readers.headers import ATTRIBUTES_MAX, WOOCOMMERCE, by_position
from weiji.porting.records import Fault, Item, ProductRecord, SkuRecord
from weiji.porting.tables import Columns, Group, Row, Table, clean, groups_of, raw_rows

SOURCE: Final = "woocommerce"

WEIGHTS: Final = {"kg": Decimal(1000), "g": Decimal(1), "lbs": Decimal("453.59237"), "oz": Decimal("28.349523125")}
"""Grams of a unit of weight; NIST Handbook 44, appendix C."""

COLUMNS: Final = Columns(
    names={**WOOCOMMERCE, "rest": REST_NAMES},
    needed=(("title",), ("price", "sale_price"), ("id", "code")),
)

WRITES_POINTS: Final = False
"""An export has the sign of the shop's country before its cents, whatever separates its cells."""

PARENTS: Final = "parent"
"""What stands for the stock of a variation that shares that of its product."""

_YES: Final = frozenset(
    {"1", "true", "yes", "instock", "wahr", "vrai", "verdadero", "vero", "verdadeiro", "waar", "是"}
)
"""What WooCommerce writes as 1, and spreadsheets make of it."""
_DRAFT: Final = "-1"


def read(file: BinaryIO, table: Table, given: Given) -> Iterator[Item]:
    """Read the products of a file one by one."""
    return read_rows(file, table, given, COLUMNS)


def read_rows(
    file: BinaryIO, table: Table, given: Given, columns: Columns, translated: Callable[[Row], Row] = lambda row: row
) -> Iterator[Item]:
    """Read the products of a file whose rows say, *translated*, what rows of an export of WooCommerce's own do."""

    def look(row: Row) -> None:
        given.look(row, ("price", "sale_price"), [f"weight_{unit}" for unit in WEIGHTS])

    for item in groups_of(file, table, columns, _key, _alias, look, translated):
        yield _product(item, given, columns) if isinstance(item, Group) else item


def find_by_position(file: BinaryIO, encoding: Encoding) -> Table | None:
    """Find the table of an export in a language whose names of columns are not known."""
    for delimiter in ",;\t":
        text = open_text(file, encoding)
        try:
            head = [raw.cells for raw in islice(raw_rows(text, delimiter), _LOOKED_AT)]
        finally:
            text.detach()
        blank = next((n for n, cells in enumerate(head) if any(clean(cell) for cell in cells)), 0)
        header = [clean(name) for name in head[blank]] if head else []
        fields = by_position(header, [cells for cells in head[blank + 1 :] if any(cells)])
        if fields:
            named = COLUMNS.fields(header)
            fields = [
                field or (name if name not in fields else None) for field, name in zip(fields, named, strict=True)
            ]
            return Table(encoding, delimiter, header, blank + 1, tuple(fields))
    return None


_LOOKED_AT: Final = 50
"""Rows by which columns are told where their names are not known."""


def _is_variation(row: Row) -> bool:
    types = split_list(row.get("type").lower())
    return "variation" in types or (not types and bool(row.get("parent")))


def _key(row: Row) -> str:
    """Tell which product a row is of: by its number, else its code, else its name."""
    if _is_variation(row):
        parent = row.get("parent")
        return f"id:{parent[3:].strip()}" if parent.lower().startswith("id:") else parent and f"sku:{parent}"
    return next((f"{kind}:{text}" for kind, text in _names(row)), "")


def _alias(row: Row) -> str:
    """Give a product's other key: variations may name their parent by number or by code."""
    return (
        next((f"{kind}:{text}" for kind, text in _names(row)[1:2] if kind == "sku"), "")
        if not (_is_variation(row))
        else ""
    )


def _names(row: Row) -> list[tuple[str, str]]:
    found = (("id", row.get("id")), ("sku", row.get("code")), ("name", line_of(row.get("title"))))
    return [(kind, text) for kind, text in found if text]


def _product(group: Group, told: Given, columns: Columns) -> Item:
    rows = group.rows
    findings = Findings(columns, rows, told)
    parents = [row for row in rows if not _is_variation(row)]
    first = parents[0] if parents else rows[0]
    variations = [_named(row, first) for row in rows if _is_variation(row)]
    title = line_of(first.get("title"))
    kind, name = group.key.partition(":")[::2]
    handle = name if kind == "sku" else f"{SOURCE}-{name}"
    if not parents:
        findings.add(first, Fault.NO_PARENT, "parent")
    for row in parents[1:]:
        findings.add(row, Fault.HANDLE_AGAIN, "id")
    types = split_list(first.get("type").lower())
    if types and {"simple", "variable", "variation"}.isdisjoint(types):
        findings.add(first, Fault.KIND_NOT_TAKEN, "type")
    if not title:
        findings.add(first, Fault.NO_TITLE, "title")
    if findings.is_refused():
        return findings.finish(handle, title, None)
    names = _option_names(first, variations)
    values = _attributes(first)
    skus: list[SkuRecord] = []
    sharing: list[int] = []
    on_sale = [row for row in variations if not _is_switched_off(row, first)]
    for row in sorted(on_sale or variations, key=lambda row: _is_of_any(row, names)) or [first]:
        made = _skus(row, first, names, values, findings, told)
        # A variation of any value stands for those that have no variation of their own.
        taken = {sku.choices for sku in skus} if _is_of_any(row, names) else set()
        made = [sku for sku in made if sku.choices not in taken]
        sharing += range(len(skus), len(skus) + len(made)) if _shares(row, first) else ()
        skus += made
    if sharing:
        findings.add(first, Fault.STOCK_SHARED, "quantity")
        _share(skus, sharing, findings.whole(first, "quantity"))
    for row in variations if on_sale else ():
        if _is_switched_off(row, first):
            findings.add(row, Fault.SWITCHED_OFF, "published", _name_of(row))
    if not skus:
        findings.add(first, Fault.NO_SKUS, "price")
    if findings.is_refused():
        return findings.finish(handle, title, None)
    categories = split_list(first.get("categories"))
    description = first.get("description") or first.get("short_description")
    is_virtual = all("virtual" in split_list(row.get("type").lower()) for row in on_sale or variations or [first])
    product = ProductRecord(
        line=first.line,
        rows=(),
        handle=handle,
        title=title,
        description_html=description,
        vendor=next(iter(split_list(first.get("brands"))), ""),
        kind=categories[0].rpartition(">")[2].strip() if categories else "",
        tags=split_list(first.get("tags")),
        options=_options(names, values, skus),
        pictures=pictures_of(
            *((url, "") for row in (first, *variations) for url in split_list(row.get("pictures"))), html=description
        ),
        state=ProductState.LISTED if _is_published(first) and (on_sale or not variations) else ProductState.DRAFT,
        extra=_extra(first, variations, names),
        facts={name: ", ".join(each) for name, each in values.items() if name not in names},
        delivery=Delivery.VIRTUAL if is_virtual else None,
        is_delivery_guessed=is_virtual,
        skus=tuple(skus),
    )
    return findings.finish(handle, title, product)


def _named(row: Row, first: Row) -> Row:
    """Call the attributes of a variation as its product does where only their values are given: files that somebody
    made by hand, or by a program of their own, say the names once."""
    names = {
        field: first.get(field)
        for n in range(1, ATTRIBUTES_MAX + 1)
        if row.get(f"attribute{n}") and not row.get(field := f"attribute{n}_name")
    }
    named = replace(row, cells={**row.cells, **names}) if names else row
    return _spelled(named, first)


def _spelled(row: Row, first: Row) -> Row:
    """Spell the attributes of a variation as its product does, where it has but their slugs: `dark-red` is Dark red."""
    known = {_slug(name): (name, values) for name, values in _attributes(first).items()}
    cells: dict[str, str] = {}
    for n in range(1, ATTRIBUTES_MAX + 1):
        name, value = row.get(f"attribute{n}_name"), row.get(f"attribute{n}")
        spelled, values = known.get(_slug(name), (name, ()))
        if name and name != spelled:
            cells[f"attribute{n}_name"] = spelled
        if value and value not in values and (meant := [each for each in values if _slug(each) == _slug(value)]):
            cells[f"attribute{n}"] = meant[0].replace(",", "\\,")
    return replace(row, cells={**row.cells, **cells}) if cells else row


def _slug(text: str) -> str:
    """Write a word as WordPress does in addresses (`sanitize_title`): what is no letter or digit is a hyphen."""
    return _BETWEEN.sub("-", unquote(text).casefold()).strip("-")


_BETWEEN: Final = re.compile(r"[\W_]+")


def _is_published(row: Row) -> bool:
    return row.get("published").lower() in {"", *_YES}


def _is_switched_off(row: Row, first: Row) -> bool:
    """Tell a variation that was not on sale. All those of a draft are said to be drafts: that is the product's."""
    published = row.get("published")
    return not _is_published(row) and not (published == _DRAFT == first.get("published"))


def _shares(row: Row, first: Row) -> bool:
    return row is not first and row.get("quantity").lower() == PARENTS


def _share(skus: list[SkuRecord], sharing: Sequence[int], units: int) -> None:
    """Part what there is between the SKUs that share it: together they are never more than there is."""
    each, rest = divmod(units, len(sharing))
    for n, place in enumerate(sharing):
        skus[place] = replace(skus[place], on_hand=each + (n < rest))


def _name_of(row: Row) -> str:
    return " / ".join(text for each in _attributes(row).values() for text in each) or row.get("code") or row.get("id")


def _attributes(row: Row) -> dict[str, tuple[str, ...]]:
    """Tell a row's attributes and their values, in order; a comma within a value has a backslash before it."""
    found: dict[str, tuple[str, ...]] = {}
    for n in range(1, ATTRIBUTES_MAX + 1):
        name = line_of(row.get(f"attribute{n}_name"))
        if name:
            parts = split_list(row.get(f"attribute{n}").replace("\\,", "\0"))
            found[name] = tuple(part.replace("\0", ",") for part in parts)
    return found


def _option_names(first: Row, variations: Sequence[Row]) -> list[str]:
    """Tell which attributes are chosen by: those that a variation has, in the order of the product."""
    chosen = {name: None for row in variations for name in _attributes(row)}
    return [name for name in _attributes(first) if name in chosen] + [
        name for name in chosen if name not in _attributes(first)
    ]


def _is_of_any(row: Row, names: Sequence[str]) -> bool:
    given = _attributes(row)
    return not all(given.get(name) for name in names)


def _options(names: Sequence[str], values: dict[str, tuple[str, ...]], skus: Sequence[SkuRecord]) -> tuple[Option, ...]:
    """Give each option the values that SKUs have, in the order in which the product names them."""
    options = []
    for n, name in enumerate(names):
        chosen = dict.fromkeys(sku.choices[n] for sku in skus)
        ordered = [value for value in values.get(name, ()) if value in chosen]
        options.append(Option(name, tuple(dict.fromkeys([*ordered, *chosen]))))
    return tuple(options)


def _skus(
    row: Row,
    first: Row,
    names: Sequence[str],
    values: dict[str, tuple[str, ...]],
    findings: Findings,
    told: Given,
) -> list[SkuRecord]:
    """Make the SKU of a row; a variation of any value makes one for each."""
    given = _attributes(row)
    choices: list[tuple[str, ...]] = []
    for name in names:
        each = given.get(name) or values.get(name) or ()
        if not each:
            findings.add(row, Fault.MISSING_CHOICE, "attribute1", name)
        choices.append(each)
    price, sale_price = findings.price(row, "price"), findings.price(row, "sale_price")
    if price is None and sale_price is None:
        if row is not first and not row.get("price") and not row.get("sale_price"):
            findings.add(row, Fault.INVALID_PRICE, "price")
        return []
    sale_from, sale_until = row.get("sale_from"), row.get("sale_until")
    if None not in (price, sale_price) and not findings.is_reduced(row, "sale_from", told.now, sale_from, sale_until):
        sale_price = None
    weight = _weight(row, findings) or (_weight(first, findings) if row is not first else 0)
    on_hand = 0 if _shares(row, first) else findings.whole(row, "quantity")
    is_counted = bool(row.get("quantity")) or not (row.has("quantity") or row.has("is_in_stock"))
    if not is_counted and row.get("is_in_stock").lower() in {"", *_YES}:
        findings.add(row, Fault.STOCK_UNKNOWN, "quantity")
    pictures = split_list(row.get("pictures"))
    amount = price if sale_price is None else sale_price
    assert amount is not None
    return [
        SkuRecord(
            choices=chosen,
            price=amount,
            compare_at=None if sale_price is None else price,
            code=row.get("code"),
            barcode=findings.barcode(row, "barcode"),
            weight_grams=weight,
            picture=pictures[0] if pictures and row is not first else None,
            on_hand=on_hand,
        )
        for chosen in combine(*choices)
    ][:_SKUS_OF_ROW]


_SKUS_OF_ROW: Final = SKUS_MAX + 1
"""One more than a product may have: too many is for the catalog to refuse."""


def _weight(row: Row, findings: Findings) -> int:
    for unit, grams in WEIGHTS.items():
        if row.get(f"weight_{unit}"):
            return findings.whole(row, f"weight_{unit}", unit=grams)
    return 0


def _extra(first: Row, variations: Sequence[Row], names: Sequence[str]) -> dict[str, str]:
    """Keep what we have no place for: other columns, attributes that are no options, all categories."""
    extra = dict(first.others)
    extra |= {f"Attribute {name}": ", ".join(each) for name, each in _attributes(first).items() if name not in names}
    facts = {
        "ID": "id",
        "Categories": "categories",
        "Date sale price starts": "sale_from",
        "Date sale price ends": "sale_until",
    }
    extra |= {name: text for name, field in facts.items() if (text := first.get(field))}
    if first.get("description") and first.get("short_description"):
        extra["Short description"] = first.get("short_description")
    if variations and first.get("code"):
        extra["SKU"] = first.get("code")
    for row in variations:
        add_others(extra, row, _name_of(row))
    return extra
