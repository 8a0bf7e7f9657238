"""Writes goods as other platforms' files, so that reading such a file back gives the same goods.

Whatever a format has no column for goes into a column of our own (`weiji_rest`): what is written is read back by the
reader of that format, and where something differs, it is kept there. See `records.keep`.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO, StringIO
from typing import Final, cast

from msgspec import Struct

from weiji.catalog import Delivery, ProductState
from weiji.porting.cells import write_price, write_safe
from weiji.porting.encodings import Encoding
from weiji.porting.readers import google, shopify, woocommerce
from weiji.porting.readers.base import Format, Given
from weiji.porting.records import ProductRecord, SkuRecord, digest, keep
from weiji.porting.tables import REST, Table

Cells = dict[str, str]

UTF_8: Final = Encoding("utf-8")

GOOGLE_ID_MAX: Final = 50
"""Characters of an id (support.google.com/merchants/answer/6324405)."""

HANDLE_SHOWN_MAX: Final = 200


class GoodsFormat(Struct, frozen=True):
    """How goods are written: the columns, what separates them, and the rows of a product."""

    columns: tuple[str, ...]
    delimiter: str
    reader: Format
    rows: Callable[[ProductRecord, "Where"], Iterator[Cells]]


class Where(Struct, frozen=True):
    """Where the goods are: which product of the file it is, and the address of the shop."""

    number: int
    url: str


def header_of(format: GoodsFormat) -> str:
    """Write the names of the columns."""
    return _csv(format, [format.columns])


def rows_of(format: GoodsFormat, product: ProductRecord, where: Where) -> str:
    """Write the rows of a product, with what the columns have no place for."""
    rows = list(format.rows(product, where))
    table = Table(UTF_8, format.delimiter, list(format.columns), 1)
    file = BytesIO((header_of(format) + _written(format, rows)).encode("utf-8", "replace"))
    found = next(format.reader.read(file, table, Given()), None)
    assert isinstance(found, ProductRecord), f"{product.handle} is written so that it can't be read: {found}"
    rows[0][REST] = keep(product, found)
    return _written(format, rows)


def _written(format: GoodsFormat, rows: Sequence[Cells]) -> str:
    return _csv(format, [[write_safe(row.get(column, "")) for column in format.columns] for row in rows])


def _csv(format: GoodsFormat, rows: Sequence[Sequence[str]]) -> str:
    text = StringIO(newline="")
    # A cell with a lone CR, or half a quote, is only safe between quotes.
    csv.writer(text, delimiter=format.delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()


def _shown_handle(handle: str, length_max: int = HANDLE_SHOWN_MAX) -> str:
    """Give a handle that is read back as it is, or else another that no product has."""
    is_plain = handle == handle.strip() and len(handle) <= length_max and handle[:1] not in "'=+-@"
    return handle if is_plain else f"weiji-{digest(handle)}"


def _shopify(product: ProductRecord, _where: Where) -> Iterator[Cells]:
    handle = _shown_handle(product.handle)
    states = {ProductState.LISTED: "active", ProductState.WITHDRAWN: "archived"}
    options: list[tuple[str, ...]] = [(option.name,) for option in product.options] or [("Title",)]
    first = {
        "Title": product.title,
        "Body (HTML)": product.description_html,
        "Vendor": product.vendor,
        "Type": product.kind,
        "Tags": ", ".join(product.tags),
        "Published": "true" if product.state is ProductState.LISTED else "false",
        "Status": states.get(product.state, "draft"),
        **{f"Option{n} Name": name for n, (name,) in enumerate(options, 1)},
    }
    for n in range(max(len(product.skus), len(product.pictures))):
        row = {"Handle": handle} | (first if n == 0 else {})
        if n < len(product.skus):
            row |= _shopify_sku(product.skus[n], is_virtual=product.delivery is Delivery.VIRTUAL)
        if n < len(product.pictures):
            picture = product.pictures[n]
            row |= {"Image Src": picture.url, "Image Position": str(n + 1), "Image Alt Text": picture.alt}
        yield row


def _shopify_sku(sku: SkuRecord, *, is_virtual: bool) -> Cells:
    choices = sku.choices or ("Default Title",)
    return {
        **{f"Option{n} Value": choice for n, choice in enumerate(choices, 1)},
        "Variant SKU": sku.code,
        "Variant Grams": str(sku.weight_grams),
        "Variant Inventory Tracker": "shopify",
        "Variant Inventory Qty": str(sku.on_hand),
        "Variant Inventory Policy": "deny",
        "Variant Fulfillment Service": "manual",
        "Variant Price": write_price(sku.price),
        "Variant Compare At Price": "" if sku.compare_at is None else write_price(sku.compare_at),
        "Variant Requires Shipping": "false" if is_virtual else "true",
        "Variant Taxable": "true",
        "Variant Barcode": sku.barcode,
        "Variant Image": sku.picture or "",
        "Variant Weight Unit": "g",
    }


SHOPIFY: Final = GoodsFormat(
    columns=(
        "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value",
        "Option2 Name", "Option2 Value", "Option3 Name", "Option3 Value", "Variant SKU", "Variant Grams",
        "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy", "Variant Fulfillment Service",
        "Variant Price", "Variant Compare At Price", "Variant Requires Shipping", "Variant Taxable", "Variant Barcode",
        "Image Src", "Image Position", "Image Alt Text", "Variant Image", "Variant Weight Unit", "Status", REST,
    ),
    delimiter=",",
    reader=cast("Format", shopify),
    rows=_shopify,
)  # fmt: skip
"""Shopify's older columns, which it still takes."""


def _woocommerce(product: ProductRecord, where: Where) -> Iterator[Cells]:
    id = str(where.number)
    states = {ProductState.LISTED: "1", ProductState.WITHDRAWN: "0"}
    first = {
        "ID": id,
        "Name": product.title,
        "Published": states.get(product.state, "-1"),
        "Visibility in catalog": "visible",
        "Description": product.description_html,
        "Tax status": "taxable",
        "Brands": product.vendor,
        "Categories": product.kind,
        "Tags": ", ".join(product.tags),
        "Images": ", ".join(picture.url for picture in product.pictures),
    }
    if not product.options:
        yield first | {"Type": "simple"} | _woocommerce_sku(product.skus[0])
        return
    for n, option in enumerate(product.options, 1):
        first |= {
            f"Attribute {n} name": option.name,
            f"Attribute {n} value(s)": ", ".join(value.replace(",", "\\,") for value in option.values),
            f"Attribute {n} visible": "1",
            f"Attribute {n} global": "0",
        }
    yield first | {"Type": "variable", "In stock?": "1"}
    for sku in product.skus:
        names = {f"Attribute {n} name": option.name for n, option in enumerate(product.options, 1)}
        values = {f"Attribute {n} value(s)": choice.replace(",", "\\,") for n, choice in enumerate(sku.choices, 1)}
        row = {"Type": "variation", "Name": product.title, "Parent": f"id:{id}", "Images": sku.picture or ""}
        yield row | names | values | _woocommerce_sku(sku)


def _woocommerce_sku(sku: SkuRecord) -> Cells:
    is_reduced = sku.compare_at is not None
    kilograms, grams = divmod(sku.weight_grams, 1000)
    return {
        "SKU": sku.code,
        "GTIN, UPC, EAN, or ISBN": sku.barcode,
        "In stock?": "1" if sku.on_hand else "0",
        "Stock": str(sku.on_hand),
        "Weight (kg)": f"{kilograms}.{grams:03d}" if sku.weight_grams else "",
        "Regular price": write_price(sku.price if sku.compare_at is None else sku.compare_at),
        "Sale price": write_price(sku.price) if is_reduced else "",
    }


WOOCOMMERCE: Final = GoodsFormat(
    columns=(
        "ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published", "Visibility in catalog", "Description",
        "Tax status", "In stock?", "Stock", "Weight (kg)", "Sale price", "Regular price", "Categories", "Tags",
        "Brands", "Images", "Parent",
        *(f"Attribute {n} {what}" for n in (1, 2, 3) for what in ("name", "value(s)", "visible", "global")),
        REST,
    ),
    delimiter=",",
    reader=cast("Format", woocommerce),
    rows=_woocommerce,
)  # fmt: skip


def _google(product: ProductRecord, where: Where) -> Iterator[Cells]:
    handle = _shown_handle(product.handle, GOOGLE_ID_MAX - 4)
    fields = {name: field for field, name in google.OPTIONS.items()}
    pictures = [picture.url for picture in product.pictures]
    for n, sku in enumerate(product.skus, 1):
        is_one_of_many = len(product.skus) > 1
        price = sku.price if sku.compare_at is None else sku.compare_at
        picture = sku.picture or (pictures[0] if pictures else "")
        chosen = dict(zip((option.name for option in product.options), sku.choices, strict=True))
        yield {
            "id": f"{handle}-{n}" if is_one_of_many else handle,
            "item_group_id": handle if is_one_of_many else "",
            "title": product.title,
            "description": product.description_html or product.title,
            "link": where.url,
            "image_link": picture,
            "additional_image_link": ",".join(url for url in pictures if url != picture),
            "availability": "in_stock" if sku.on_hand and product.state is ProductState.LISTED else "out_of_stock",
            "quantity": str(sku.on_hand),
            "price": f"{write_price(price)} CNY",
            "sale_price": "" if sku.compare_at is None else f"{write_price(sku.price)} CNY",
            "brand": product.vendor,
            "gtin": sku.barcode,
            "mpn": sku.code,
            "condition": "new",
            "product_type": product.kind,
            "shipping_weight": f"{sku.weight_grams} g" if sku.weight_grams else "",
            **{fields[name]: choice for name, choice in chosen.items() if name in fields},
        }


GOOGLE: Final = GoodsFormat(
    columns=(
        "id", "item_group_id", "title", "description", "link", "image_link", "additional_image_link", "availability",
        "quantity", "price", "sale_price", "brand", "gtin", "mpn", "condition", "product_type", "shipping_weight",
        *google.OPTIONS, REST,
    ),
    delimiter="\t",
    reader=cast("Format", google),
    rows=_google,
)  # fmt: skip

FORMATS: Final = {shopify.SOURCE: SHOPIFY, woocommerce.SOURCE: WOOCOMMERCE, google.SOURCE: GOOGLE}
"""The formats that goods are written in, by the names of their readers."""
