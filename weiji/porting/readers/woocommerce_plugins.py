"""Reads what WooCommerce's plug-ins export: Product CSV Import Suite's columns, which WebToffee's plug-in took over.

They are called as in WordPress's own tables (`post_title`, `tax:product_cat`), and each attribute has a column of its
own. A row is put into the words of WooCommerce's own export, whose reader does the rest: a product has the same number
in both, so it is the same product here, whichever of them brings it.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from msgspec.structs import replace

from weiji.porting.readers import woocommerce
from weiji.porting.readers.base import REST_NAMES, Given, line_of
from weiji.porting.readers.headers import ATTRIBUTES_MAX
from weiji.porting.records import Item
from weiji.porting.tables import Columns, Row, Table

SOURCE: Final = woocommerce.SOURCE
WRITES_POINTS: Final = woocommerce.WRITES_POINTS

COLUMNS: Final = Columns(
    names={
        "id": ("id",),
        "kind": ("post type",),
        "type": ("tax:product type",),
        "code": ("sku",),
        "barcode": ("meta: global unique id", "global unique id", "meta:_global_unique_id"),
        "title": ("post title",),
        "published": ("post status",),
        "short_description": ("post excerpt",),
        "description": ("post content",),
        "sale_from": ("sale price dates from",),
        "sale_until": ("sale price dates to",),
        "sale_price": ("sale price",),
        "price": ("regular price",),
        "is_in_stock": ("stock status",),
        "quantity": ("stock",),
        "is_virtual": ("virtual",),
        "categories": ("tax:product cat",),
        "tags": ("tax:product tag",),
        "brands": ("tax:product brand", "tax:pwb-brand"),
        "pictures": ("images",),
        "parent_id": ("post parent",),
        "parent_code": ("parent sku",),
        "rest": REST_NAMES,
    },
    needed=(("title",), ("price", "sale_price"), ("id", "code")),
)

_OF_PRODUCT: Final = re.compile(r"attribute:\s*(?:pa_)?(.+)", re.IGNORECASE)
_OF_VARIATION: Final = re.compile(r"meta:\s*attribute_(?:pa_)?(.+)", re.IGNORECASE)
_NONE: Final = frozenset({"", "0"})


def read(file: BinaryIO, table: Table, given: Given) -> Iterator[Item]:
    """Read the products of a file one by one."""
    return woocommerce.read_rows(file, table, given, COLUMNS, _translated)


def _translated(row: Row) -> Row:
    """Say what a row says in the words of WooCommerce's own export."""
    cells = dict(row.cells)
    parent_id, parent_code = row.get("parent_id"), row.get("parent_code")
    is_variation = row.get("kind").lower() == "product_variation" or not {parent_id, parent_code} <= _NONE
    types = ["variation" if is_variation else row.get("type").lower() or "simple"]
    if row.get("is_virtual").lower() in ("yes", "1"):
        types.append("virtual")
    cells["type"] = ", ".join(types)
    cells["parent"] = parent_code if parent_id in _NONE else f"id:{parent_id}"
    cells["published"] = "1" if row.get("published").lower() in ("", "publish") else "0"
    for field in ("categories", "tags", "brands"):
        cells[field] = row.get(field).replace("|", ",")
    cells["pictures"] = ", ".join(
        # `https://… ! alt : a cup ! title : …`, and the next.
        each.partition(" ! ")[0].strip().replace(",", "%2C")
        for each in row.get("pictures").split("|")
    )
    others = dict(row.others)
    pattern = _OF_VARIATION if is_variation else _OF_PRODUCT
    found = [(name, match[1]) for name in row.others if (match := pattern.fullmatch(name))]
    for n, (column, name) in enumerate(found[:ATTRIBUTES_MAX], 1):
        values = [line_of(value).replace(",", "\\,") for value in others.pop(column).split("|")]
        cells[f"attribute{n}_name"], cells[f"attribute{n}"] = name, ", ".join(values)
    return replace(row, cells=cells, others=others)
