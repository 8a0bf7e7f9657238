"""Reads Shopify's product CSV, the older and the current columns. Rows of one handle make one product."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from weiji.catalog import Delivery, Picture, ProductState
from weiji.porting.cells import split_list
from weiji.porting.readers.base import (
    REST_NAMES,
    Findings,
    Given,
    add_others,
    line_of,
    options_of,
    pictures_of,
    says_no,
)
from weiji.porting.records import Fault, Item, ProductRecord, SkuRecord
from weiji.porting.tables import Columns, Group, Row, Table, groups_of

SOURCE: Final = "shopify"

COLUMNS: Final = Columns(
    names={
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
        "rest": REST_NAMES,
    },
    needed=(("handle",), ("title",), ("price",)),
)
"""What we know, and how the older and the current generation call it. Other columns are kept as they are."""


WRITES_POINTS: Final = True


def read(file: BinaryIO, table: Table, given: Given) -> Iterator[Item]:
    """Read the products of a file one by one."""

    def look(row: Row) -> None:
        given.look(row, ("price", "compare_at"), ("weight",))

    for item in groups_of(file, table, COLUMNS, lambda row: row.get("handle"), look=look):
        yield _product(item, given) if isinstance(item, Group) else item


def _product(group: Group, given: Given) -> Item:
    """Make the product of its rows, unless anything is wrong with one of them."""
    rows = group.rows
    first = next((row for row in rows if row.get("title")), rows[0])
    findings = Findings(COLUMNS, rows, given)
    title = line_of(first.get("title"))
    if not title:
        findings.add(rows[0], Fault.NO_TITLE, "title")
    names = _option_names(first, rows)
    skus = [(row, _sku(row, len(names), findings)) for row in rows if _is_sku(row)]
    if not skus:
        findings.add(rows[0], Fault.NO_SKUS, "price")
    found = [sku for _, sku in skus if sku]
    if findings.is_refused():
        return findings.finish(group.key, title, None)
    unknown = next((row for row, _ in skus if not row.get("quantity") and row.has("quantity")), None)
    if unknown is not None:
        # What a shop does not count.
        findings.add(unknown, Fault.STOCK_UNKNOWN, "quantity")
    description = first.get("description")
    is_virtual = all(says_no(row, "variant requires shipping", "requires shipping") for row, _ in skus)
    product = ProductRecord(
        line=first.line,
        rows=(),
        handle=group.key,
        title=title,
        description_html=description,
        vendor=first.get("vendor"),
        kind=first.get("kind"),
        tags=split_list(first.get("tags")),
        options=options_of(names, found),
        pictures=_pictures(rows, description),
        state=_state(first),
        extra=_extra(rows, skus, first),
        delivery=Delivery.VIRTUAL if is_virtual else None,
        is_delivery_guessed=is_virtual,
        skus=tuple(found),
    )
    return findings.finish(group.key, title, product)


def _is_sku(row: Row) -> bool:
    """Tell a row with a SKU from one that only adds a picture."""
    return any(row.get(field) for field in ("price", "option1", "code"))


def _option_names(first: Row, rows: list[Row]) -> list[str]:
    """Tell the options. One SKU whose only option is `Title` has none: that is how Shopify writes it."""
    names = [name for n in "123" if (name := first.get(f"option{n}_name"))]
    if names == ["Title"] and {row.get("option1") for row in rows if _is_sku(row)} <= {"Default Title", ""}:
        return []
    return names


def _sku(row: Row, options: int, findings: Findings) -> SkuRecord | None:
    choices = tuple(row.get(f"option{n + 1}") for n in range(options))
    for n, choice in enumerate(choices):
        if not choice:
            findings.add(row, Fault.MISSING_CHOICE, f"option{n + 1}")
    price = findings.price(row, "price")
    if price is None:
        if not row.get("price"):
            findings.add(row, Fault.INVALID_PRICE, "price")
        return None
    return SkuRecord(
        choices=choices,
        price=price,
        compare_at=findings.price(row, "compare_at"),
        code=row.get("code"),
        barcode=findings.barcode(row, "barcode"),
        weight_grams=findings.whole(row, "weight"),
        picture=row.get("sku_picture") or None,
        on_hand=findings.whole(row, "quantity"),
    )


def _state(first: Row) -> ProductState:
    status, is_published = first.get("status").lower(), first.get("published").lower() not in ("false", "no", "0")
    if status == "archived":
        return ProductState.WITHDRAWN
    return ProductState.LISTED if status in ("", "active") and is_published else ProductState.DRAFT


def _pictures(rows: list[Row], description: str) -> tuple[Picture, ...]:
    """Put the pictures in their positions, then those of SKUs, then those that the description shows."""
    placed = []
    for row in rows:
        if url := row.get("picture"):
            position = row.get("picture_position")
            is_number = position.isascii() and position.isdecimal() and len(position) < 10
            placed.append((int(position) if is_number else len(rows), url, row.get("picture_alt")))
    placed.sort(key=lambda picture: picture[0])
    of_skus = [(row.get("sku_picture"), "") for row in rows]
    return pictures_of(*((url, alt) for _, url, alt in placed), *of_skus, html=description)


def _extra(rows: Sequence[Row], skus: Sequence[tuple[Row, SkuRecord | None]], first: Row) -> dict[str, str]:
    """Keep what we have no place for. What only one SKU has, or has otherwise, is kept with its choices; what only a
    picture has, with the number of its row.
    """
    extra = dict(first.others)
    for row, sku in skus:
        if row is not first and sku:
            add_others(extra, row, " / ".join(sku.choices))
    of_skus = {row.line for row, _ in skus}
    for n, row in enumerate(rows, 1):
        if row is not first and row.line not in of_skus:
            add_others(extra, row, f"#{n}")
    return extra
