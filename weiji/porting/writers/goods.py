"""Writes goods as other platforms' files, so that reading such a file back gives the same goods.

Whatever a format has no column for goes into a column of our own (`weiji_rest`): what is written is read back by the
reader of that format, and where something differs, it is kept there. See `records.keep`.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO, StringIO
from typing import Final, cast

from msgspec import Struct, json
from msgspec.structs import replace

from weiji.catalog import CODE_MAX, OPTIONS_MAX, Delivery, Option, ProductState
from weiji.kit.money import plain_yuan
from weiji.porting.cells import write_safe
from weiji.porting.encodings import Encoding
from weiji.porting.readers import google, shopify, taobao, woocommerce
from weiji.porting.readers.base import Format, Given
from weiji.porting.records import ProductRecord, SkuRecord, digest, keep
from weiji.porting.tables import REST, Table, normal

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
    before: tuple[str, ...] = ()
    """What stands in the row before the names of the columns."""
    labels: tuple[str, ...] = ()
    """What the columns are called in the row behind their names."""


class Where(Struct, frozen=True):
    """Where the goods are: which product of the file it is, and the address of the shop."""

    number: int
    url: str


def header_of(format: GoodsFormat) -> str:
    """Write the names of the columns, and what stands around them."""
    return _csv(format, [row for row in (format.before, format.columns, format.labels) if row])


def rows_of(format: GoodsFormat, product: ProductRecord, where: Where) -> str:
    """Write the rows of a product, with what the columns have no place for."""
    rows = list(format.rows(product, where))
    table = Table(UTF_8, format.delimiter, list(format.columns), 2 if format.before else 1)
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


SHOPIFY_OPTIONS: Final = 3
"""Options that Shopify's columns have room for."""


def _folded(product: ProductRecord) -> ProductRecord:
    """Choose by the last options together, where there are more than Shopify has columns for."""
    last = SHOPIFY_OPTIONS - 1
    if len(product.options) <= SHOPIFY_OPTIONS:
        return product
    skus = tuple(
        replace(sku, choices=(*sku.choices[:last], json.encode(sku.choices[last:]).decode())) for sku in product.skus
    )
    name = " / ".join(option.name for option in product.options[last:])
    values = tuple(dict.fromkeys(sku.choices[last] for sku in skus))
    return replace(product, options=(*product.options[:last], Option(name, values)), skus=skus)


def _shopify(product: ProductRecord, _where: Where) -> Iterator[Cells]:
    handle = _shown_handle(product.handle)
    product = _folded(product)
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
        "Variant Price": plain_yuan(sku.price),
        "Variant Compare At Price": "" if sku.compare_at is None else plain_yuan(sku.compare_at),
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
        "Regular price": plain_yuan(sku.price if sku.compare_at is None else sku.compare_at),
        "Sale price": plain_yuan(sku.price) if is_reduced else "",
    }


PLACES: Final = range(1, OPTIONS_MAX + 1)

WOOCOMMERCE: Final = GoodsFormat(
    columns=(
        "ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published", "Visibility in catalog", "Description",
        "Tax status", "In stock?", "Stock", "Weight (kg)", "Sale price", "Regular price", "Categories", "Tags",
        "Brands", "Images", "Parent",
        *(f"Attribute {n} {what}" for n in PLACES for what in ("name", "value(s)", "visible", "global")),
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
            "price": f"{plain_yuan(price)} CNY",
            "sale_price": "" if sku.compare_at is None else f"{plain_yuan(sku.price)} CNY",
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

_PID_OF: Final = {"颜色": "1627207", "尺码": "20509", "鞋码": "20549"}
"""Taobao's numbers of options that it knows by these names; others get numbers of their own, below 0."""

_CUSTOM_FROM: Final = 1_001
"""The first number, negative, of values that are no standard ones of Taobao's."""

_IN_STOCK_ROOM: Final = "2"


def _taobao(product: ProductRecord, _where: Where) -> Iterator[Cells]:
    first = product.skus[0]
    numbers = _taobao_numbers(product)
    pairs = [[numbers[n][choice] for n, choice in enumerate(sku.choices)] for sku in product.skus]
    texts = [f"{number}:{_plain(text)};" for each in numbers for text, number in each.items()]
    code = first.code if not product.options else ""
    yield {
        # What else Taobao told of a product that came from there.
        **{name: text for name, text in product.extra.items() if name in _TAOBAO_COLUMNS},
        "title": f"{product.title}。" if normal(product.title) == taobao.LABEL else product.title,
        "price": plain_yuan(min(sku.price for sku in product.skus)),
        "num": str(sum(sku.on_hand for sku in product.skus)),
        "approve_status": "1" if product.state is ProductState.LISTED else _IN_STOCK_ROOM,
        "description": product.description_html,
        "picture": _taobao_pictures(product, pairs),
        "skuProps": "".join(
            f"{plain_yuan(sku.price)}:{sku.on_hand}:{_plain(sku.code)}:{';'.join(chosen)};"
            for sku, chosen in zip(product.skus, pairs, strict=True)
            if chosen
        ),
        "inputPids": taobao.BRAND if product.vendor else "",
        "inputValues": _plain(product.vendor).replace(",", "，"),
        # Without a number of Taobao's a product is known by this: its title may change.
        "outer_id": code or _shown_handle(product.handle, CODE_MAX),
        "propAlias": "".join(texts),
        "input_custom_cpv": "".join(text for text in texts if ":-" in text),
        "item_weight": _kilograms(first.weight_grams),
        "barcode": first.barcode if not product.options else "",
        "sku_barcode": ";".join(_plain(sku.barcode) for sku in product.skus) if product.options else "",
    }


def _kilograms(grams: int) -> str:
    """Write a weight in kilograms."""
    return f"{grams // 1000}.{grams % 1000:03d}" if grams else ""


def _plain(text: str) -> str:
    """Write a text for a cell in which a semicolon ends it."""
    return text.replace(";", "；")


def _taobao_numbers(product: ProductRecord) -> list[dict[str, str]]:
    """Give each value of each option a pair of Taobao's numbers: those that it came with, else numbers of its own."""
    told = taobao.pairs_of(product.extra.get("skuProps", ""))
    found: list[dict[str, str]] = [{} for _ in product.options]
    if [len(pairs) for pairs in told] == [len(sku.choices) for sku in product.skus]:
        for pairs, sku in zip(told, product.skus, strict=True):
            for n, (pair, choice) in enumerate(zip(pairs, sku.choices, strict=True)):
                found[n].setdefault(choice, pair)
        of_skus = [[found[n][choice] for n, choice in enumerate(sku.choices)] for sku in product.skus]
        if of_skus == told and all(len(set(each.values())) == len(each) for each in found):
            return found
    for n, option in enumerate(product.options):
        pid = _PID_OF.get(option.name, f"-{n + 1}")
        found[n] = {value: f"{pid}:-{_CUSTOM_FROM + place}" for place, value in enumerate(option.values)}
    return found


def _taobao_pictures(product: ProductRecord, pairs: Sequence[Sequence[str]]) -> str:
    """Write where pictures are, then those of choices: of the first option, as Taobao has them."""
    shown = "".join(f"p{n}:1:{n}:|{picture.url};" for n, picture in enumerate(product.pictures))
    of_choices = {
        chosen[0]: sku.picture for sku, chosen in zip(product.skus, pairs, strict=True) if sku.picture and chosen
    }
    return shown + "".join(f"c{n}:2:0:{pair}|{url};" for n, (pair, url) in enumerate(of_choices.items()))


_TAOBAO_COLUMNS: Final = (
    "title", "cid", "seller_cids", "stuff_status", "location_state", "location_city", "item_type", "price",
    "auction_increment", "num", "valid_thru", "freight_payer", "post_fee", "ems_fee", "express_fee", "has_invoice",
    "has_warranty", "approve_status", "has_showcase", "list_time", "description", "cateProps", "postage_id",
    "has_discount", "modified", "upload_fail_msg", "picture_status", "auction_point", "picture", "video", "skuProps",
    "inputPids", "inputValues", "outer_id", "propAlias", "auto_fill", "num_id", "local_cid", "navigation_type",
    "user_name", "syncStatus", "is_lighting_consigment", "is_xinpin", "foodparame", "features", "buyareatype",
    "global_stock_type", "global_stock_country", "sub_stock_type", "item_size", "item_weight", "sell_promise",
    "custom_design_flag", "wireless_desc", "barcode", "sku_barcode", "newprepay", "subtitle", "cpv_memo",
    "input_custom_cpv", "qualification", "add_qualification", "o2o_bind_service", "departure_place", "car_cascade",
    "legal_customs", "exSkuProps", "deliveryTimeType", "tbDeliveryTime", "nutrientTable", "exFoodParam",
    "item_volumn", "image_video_type", "shopping_title", "ysbCheckTask", "subStock", "multiDiscountPromotion",
    "shopping_title2", "useSizeMapping", "sizeMapping",
)  # fmt: skip
"""The columns of the newest generation."""

_TAOBAO_LABELS: Final = (
    "宝贝名称", "宝贝类目", "店铺类目", "新旧程度", "省", "城市", "出售方式", "宝贝价格", "加价幅度", "宝贝数量",
    "有效期", "运费承担", "平邮", "EMS", "快递", "发票", "保修", "放入仓库", "橱窗推荐", "开始时间", "宝贝描述",
    "宝贝属性", "邮费模版ID", "会员打折", "修改时间", "上传状态", "图片状态", "返点比例", "新图片", "视频",
    "销售属性组合", "用户输入ID串", "用户输入名-值对", "商家编码", "销售属性别名", "代充类型", "数字ID", "本地ID",
    "宝贝分类", "用户名称", "宝贝状态", "闪电发货", "新品", "食品专项", "尺码库", "采购地", "库存类型", "国家地区",
    "库存计数", "物流体积", "物流重量", "退换货承诺", "定制工具", "无线详情", "商品条形码", "sku 条形码", "7天退货",
    "宝贝卖点", "属性值备注", "自定义属性值", "商品资质", "增加商品资质", "关联线下服务",
)  # fmt: skip
"""What they are called; what those of the newest generation are is not known here."""

TAOBAO: Final = GoodsFormat(
    columns=(*_TAOBAO_COLUMNS, REST),
    delimiter="\t",
    reader=cast("Format", taobao),
    rows=_taobao,
    before=("version 1.00",),
    labels=_TAOBAO_LABELS,
)

FORMATS: Final = {
    shopify.SOURCE: SHOPIFY,
    woocommerce.SOURCE: WOOCOMMERCE,
    google.SOURCE: GOOGLE,
    taobao.SOURCE: TAOBAO,
}
"""The formats that goods are written in, by the names of their readers."""
