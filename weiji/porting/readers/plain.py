"""Reads a table that somebody made by hand: a row for each SKU, under plain names of columns in Chinese or English.

Rows of one name are the SKUs of one product, told apart by their options. No other format has so few columns, so it is
tried last, and a table of orders, which has names and prices, too, is none. `TEMPLATE` is the table to begin with.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from html import escape
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from weiji.catalog import ProductState
from weiji.porting.readers.base import REST_NAMES, Findings, Given, line_of, options_of, pictures_of
from weiji.porting.records import Fault, Item, ProductRecord, SkuRecord, handle_of
from weiji.porting.tables import Columns, Group, Row, Table, groups_of, normal

SOURCE: Final = "plain"
WRITES_POINTS: Final = True
"""Who writes prices by hand for a market in yuan puts a point before the cents."""

OPTIONS: Final = {
    "option": "规格",
    "model": "型号",
    "colour": "颜色",
    "size": "尺码",
    "measure": "尺寸",
    "style": "款式",
}
"""The columns by which SKUs of one product differ, and what each is called where its column does not say."""

TEMPLATE: Final[dict[str, tuple[str, ...]]] = {
    "zh_CN": ("名称", "规格", "价格", "库存", "编码", "重量（克）", "商品类型", "描述", "图片地址"),
    "en": ("Name", "Option", "Price", "Stock", "Code", "Weight (g)", "Type", "Description", "Pictures"),
}
"""The columns of an empty table, by language."""


def columns(locale: str) -> tuple[str, ...]:
    """Name the columns of an empty table in the language of whoever is to fill it in."""
    return TEMPLATE.get(locale, TEMPLATE["en"])


def write_template(locale: str) -> str:
    """Write an empty table."""
    return "\ufeff" + ",".join(columns(locale)) + "\r\n"  # Without the mark, Excel reads UTF-8 as something else.


COLUMNS: Final = Columns(
    names={
        "title": (
            *("名称", "商品名称", "商品名", "产品名称", "品名", "标题", "商品标题"),
            *("name", "product name"),  # A feed of Google's that lost its numbers has a title, and is no such table.
        ),
        "option": ("规格", "规格名称", "option", "variant"),
        "model": ("型号", "model"),
        "colour": ("颜色", "colour", "color"),
        "size": ("尺码", "size"),
        "measure": ("尺寸", "dimensions"),
        "style": ("款式", "style"),
        "price": ("价格", "售价", "单价", "销售价", "价格(元)", "售价(元)", "单价(元)", "price"),
        "compare_at": ("划线价", "原价", "市场价", "compare at price", "original price"),
        "quantity": ("库存", "库存数量", "现货", "数量", "stock", "quantity"),
        "code": ("编码", "商家编码", "商品编码", "货号", "code", "sku"),
        "barcode": ("条码", "条形码", "商品条码", "barcode"),
        "weight_g": ("重量(克)", "重量 (克)", "重量(g)", "重量 (g)", "weight (g)", "weight(g)"),
        "weight_kg": ("重量(千克)", "重量(公斤)", "重量(kg)", "weight (kg)", "weight(kg)"),
        "kind": ("商品类型", "类型", "分类", "类目", "类别", "type", "category"),
        "vendor": ("品牌", "brand"),
        "description": ("描述", "商品描述", "介绍", "详情", "商品详情", "description"),
        "pictures": ("图片地址", "图片", "主图", "图片链接", "pictures", "images"),
        "rest": REST_NAMES,
    },
    needed=(("title",), ("price",)),
    barred=(
        *("订单号", "订单编号", "主订单编号", "下单时间", "订单创建时间", "订单状态", "收货人", "收件人"),
        *("order id", "order no", "order no.", "order number", "order date", "order status"),
    ),
)

SILENT_IF_BLANK: Final = frozenset(
    {
        *("description_html", "vendor", "kind", "tags", "pictures", "extra"),
        *("code", "barcode", "weight_grams", "picture"),
    }
)
"""What a blank cell says nothing of: whoever uploads a table again, with other prices, keeps what the pages added."""

_WEIGHTS: Final = {"weight_g": Decimal(1), "weight_kg": Decimal(1000)}
_BETWEEN_ADDRESSES: Final = re.compile(r"[\s,，;；|]+(?=https?://|\Z)")
_BETWEEN_NAMES: Final = re.compile(r"[\n,，;；|]+")
_ADDRESS: Final = re.compile(r"https?://|/", re.IGNORECASE)

_TOTALS: Final = frozenset({"合计", "总计", "小计", "共计", "total", "totals", "grand total", "subtotal", "sum"})
"""What a line is called that adds up others."""


def read(file: BinaryIO, table: Table, given: Given) -> Iterator[Item]:
    """Read the products of a file one by one."""

    def look(row: Row) -> None:
        given.look(row, ("price", "compare_at"), tuple(_WEIGHTS))

    for item in groups_of(file, table, COLUMNS, lambda row: line_of(row.get("title")), look=look):
        yield _product(item, given) if isinstance(item, Group) else item


def _product(group: Group, given: Given) -> Item:
    rows, first, title = group.rows, group.rows[0], group.key
    handle = handle_of(SOURCE, title)
    findings = Findings(COLUMNS, rows, given)
    if normal(title).rstrip(": ") in _TOTALS:
        for row in rows:
            findings.add(row, Fault.TOTAL, "title")
        return findings.finish(handle, title, None)
    fields = [field for field in OPTIONS if any(row.get(field) for row in rows)]
    if not fields:
        for row in rows[1:]:
            findings.add(row, Fault.HANDLE_AGAIN, "title")
    pictures = [_pictures(row, findings, given) for row in rows]
    skus = [sku for row, shown in zip(rows, pictures, strict=True) if (sku := _sku(row, fields, shown, findings))]
    if findings.is_refused():
        return findings.finish(handle, title, None)
    description = next((text for row in rows if (text := row.get("description"))), "")
    product = ProductRecord(
        line=first.line,
        rows=(),
        handle=handle,
        title=title,
        description_html="<br>".join(map(escape, description.splitlines())),
        vendor=first.get("vendor"),
        kind=first.get("kind"),
        options=options_of([OPTIONS[field] for field in fields], skus),
        pictures=pictures_of(*((url, "") for shown in pictures for url in shown)),
        state=ProductState.LISTED,
        extra=dict(first.others),
        skus=tuple(skus),
        # Whoever has a column of prices from before, and leaves it blank, says that there is none.
        silent_if_blank=SILENT_IF_BLANK if first.has("compare_at") else SILENT_IF_BLANK | {"compare_at"},
    )
    return findings.finish(handle, title, product)


def _sku(row: Row, fields: list[str], pictures: list[str], findings: Findings) -> SkuRecord | None:
    for field in fields:
        if not row.get(field):
            findings.add(row, Fault.MISSING_CHOICE, field)
    price = findings.price(row, "price")
    if price is None:
        if not row.get("price"):
            findings.add(row, Fault.INVALID_PRICE, "price")
        return None
    weights = (findings.whole(row, field, unit=unit) for field, unit in _WEIGHTS.items() if row.get(field))
    return SkuRecord(
        choices=tuple(line_of(row.get(field)) for field in fields),
        price=price,
        compare_at=findings.price(row, "compare_at"),
        code=row.get("code"),
        barcode=findings.barcode(row, "barcode"),
        weight_grams=next(weights, 0),
        picture=next(iter(pictures), None) if fields else None,
        on_hand=findings.whole(row, "quantity"),
    )


def _pictures(row: Row, findings: Findings, given: Given) -> list[str]:
    """Give the addresses of a row's pictures, which may have commas; a mere name is of a picture beside the file."""
    found: list[str] = []
    for each in filter(None, map(str.strip, _BETWEEN_ADDRESSES.split(row.get("pictures")))):
        if _ADDRESS.match(each):
            found.append(each)
            continue
        for name in filter(None, map(str.strip, _BETWEEN_NAMES.split(each))):
            url = given.pictures.get(PurePosixPath(name.replace("\\", "/")).stem.lower())
            if url:
                found.append(url)
            else:
                findings.add(row, Fault.PICTURE_MISSING, "pictures", name)
    return found
