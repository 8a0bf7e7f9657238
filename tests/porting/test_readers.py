"""Proves of the readers that they read every format as it is meant, and that no file breaks them or loses a line."""

import csv
import re
import zipfile
import zlib
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.porting.examples import SAMPLES, read_goods
from tests.porting.workbooks import workbook
from weiji.catalog import HANDLE_MAX, Option, ProductState
from weiji.porting import packages
from weiji.porting.encodings import open_text, sniff_encoding
from weiji.porting.readers import plain
from weiji.porting.readers.google import COLUMNS as GOOGLE
from weiji.porting.readers.shopify import COLUMNS as SHOPIFY
from weiji.porting.readers.taobao import COLUMNS as TAOBAO
from weiji.porting.readers.woocommerce import COLUMNS as WOOCOMMERCE
from weiji.porting.readers.woocommerce_plugins import COLUMNS as PLUGINS
from weiji.porting.records import Fault, Item, ProductRecord, Refusal
from weiji.porting.tables import raw_rows
from weiji.web.locales import DEFAULT, LOCALES


def _sample(name: str) -> tuple[dict[str, ProductRecord], dict[str, Refusal]]:
    goods, items = read_goods((SAMPLES / name).read_bytes())
    assert goods.source == name.partition("-")[0].partition(".")[0]
    taken = {item.handle: item for item in items if isinstance(item, ProductRecord)}
    return taken, {item.handle: item for item in items if isinstance(item, Refusal)}


def _skus(product: ProductRecord) -> list[tuple[Any, ...]]:
    return [(sku.choices, sku.price, sku.compare_at, sku.code, sku.on_hand) for sku in product.skus]


def _faults(item: Item) -> list[Fault]:
    problems = item.problems if isinstance(item, Refusal) else item.warnings
    return [problem.fault for problem in problems]


def test_shopifys_older_columns() -> None:
    taken, refused = _sample("shopify-older.csv")
    shirt = taken["linen-shirt"]
    assert _skus(shirt) == [(("M",), 268_00, 328_00, "LS-M", 4), (("L",), 268_00, None, "LS-L", 0)]
    assert (shirt.rows, shirt.skus[0].barcode, shirt.skus[1].weight_grams) == ((2, 3, 4), "6901234567892", 225)
    assert [(picture.url[-9:], picture.alt) for picture in shirt.pictures] == [("shirt.jpg", "正面"), ("/back.jpg", "")]
    assert {"Gift Card", "SEO Title", "Variant Weight Unit"} <= shirt.extra.keys()
    assert _faults(refused["broken"]) == [Fault.INVALID_PRICE]


def test_a_table_made_by_hand_has_a_row_for_each_sku_and_pictures_are_no_tables() -> None:
    sheet = "名称;颜色;售价;库存;重量（克）;描述;图片地址;产地\n"
    rows = (
        "野生菌菇;白;¥39.90;20;250;晒干 <3 天;https://a.example/1,x.jpg, https://a.example/2.jpg;云南\n"
        "野生菌菇;黑;69.9;12;500;;;\n"
        "山核桃;;28;5;;;;\n"
        "山核桃;;29;5;;;;\n"
    )
    goods, (mushrooms, walnuts) = read_goods((sheet + rows).encode("gb18030"))
    assert (goods.source, isinstance(mushrooms, ProductRecord)) == ("plain", True)
    assert isinstance(mushrooms, ProductRecord)
    assert _skus(mushrooms) == [(("白",), 39_90, None, "", 20), (("黑",), 69_90, None, "", 12)]
    assert (mushrooms.options, mushrooms.description_html) == ((Option("颜色", ("白", "黑")),), "晒干 &lt;3 天")
    assert [picture.url for picture in mushrooms.pictures] == ["https://a.example/1,x.jpg", "https://a.example/2.jpg"]
    assert (mushrooms.skus[1].weight_grams, mushrooms.extra) == (500, {"产地": "云南"})
    assert _faults(walnuts) == [Fault.HANDLE_AGAIN]
    assert plain.columns(DEFAULT)[:2] == ("名称", "规格")
    for locale in LOCALES:
        goods, items = read_goods(f"{plain.write_template(locale)}Tea,,9.9,1,,,,,\n".encode())
        assert (goods.source, goods.says_stock, len(items)) == ("plain", True, 1)
    goods, _ = read_goods(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 9)
    assert goods.problem is not None
    assert goods.problem.fault is Fault.NOT_A_TABLE


def test_a_table_made_by_hand_is_read_as_its_merchant_meant_it() -> None:
    long = "茶" * 255
    table = (
        "名称,规格,型号,尺码,尺寸,价格,库存,图片\n"
        '杯,大,A1,L,70 cm,10,1,"a.jpg, B.JPG"\n'
        '杯,大,A2,L,80 cm,11,2,"c.jpg，https://a.example/1,x.jpg"\n'
        f"{long},,,,,5,0,\n合计：,,,,,26,3,\n"
    )
    _, (cup, tea, total) = read_goods(_zip(goods__csv=table.encode(), a__jpg=b"a", b__jpg=b"b"))
    assert isinstance(cup, ProductRecord)
    assert isinstance(tea, ProductRecord)
    assert isinstance(total, Refusal)
    assert [(option.name, option.values) for option in cup.options] == [
        ("规格", ("大",)), ("型号", ("A1", "A2")), ("尺码", ("L",)), ("尺寸", ("70 cm", "80 cm")),
    ]  # fmt: skip
    named = [picture.url.partition("?")[0] for picture in cup.pictures]
    assert named == ["package:a.jpg", "package:b.jpg", "https://a.example/1,x.jpg"]
    assert (cup.skus[0].picture, cup.skus[1].picture) == (cup.pictures[0].url, cup.pictures[2].url)
    assert [(p.line, p.fault, p.value) for p in cup.warnings] == [(3, Fault.PICTURE_MISSING, "c.jpg")]
    assert (len(tea.handle), tea.title) == (HANDLE_MAX, long)
    assert _faults(total) == [Fault.TOTAL]


def test_shopifys_current_columns() -> None:
    taken, _ = _sample("shopify-current.csv")
    assert _skus(taken["linen-shirt"]) == [(("M",), 268_00, 328_00, "LS-M", 4)]
    assert (taken["strainer"].state, taken["strainer"].options) == (ProductState.DRAFT, ())


def test_woocommerces_variations_find_their_product_by_code_or_number() -> None:
    taken, refused = _sample("woocommerce.csv")
    shirt = taken["woocommerce-44"]
    assert shirt.rows == (2, 4, 5)
    assert shirt.options == (Option("颜色", ("红", "蓝")), Option("尺码", ("S", "M, 加长")))
    assert _skus(shirt) == [
        (("红", "S"), 99_00, 120_00, "woo-vneck-red-s", 3),
        (("蓝", "S"), 120_00, None, "woo-vneck-blue", 5),
        (("蓝", "M, 加长"), 120_00, None, "woo-vneck-blue", 5),
    ]
    assert [sku.weight_grams for sku in shirt.skus] == [200, 250, 250]
    assert (shirt.kind, shirt.tags, shirt.skus[0].picture) == ("T 恤", ("棉",), "https://img.example/red.jpg")
    assert (shirt.extra["Meta: _note"], shirt.extra["Short description"]) == ("样", "软")
    cap = taken["woocommerce-48"]
    assert (cap.state, _skus(cap)) == (ProductState.DRAFT, [((), 18_50, 20_00, "woo-beanie", 0)])
    assert _faults(cap) == [Fault.STOCK_UNKNOWN]
    assert cap.extra["Attribute 材质"] == "羊毛"
    assert {handle: _faults(item) for handle, item in refused.items()} == {
        "woocommerce-99": [Fault.NO_PARENT],
        "woocommerce-80": [Fault.KIND_NOT_TAKEN],
    }


def test_what_woocommerces_plugins_export_reads_as_its_own_exports_do() -> None:
    taken, refused = _sample("woocommerce-plugin.csv")
    shirt = taken["woocommerce-101"]
    assert (shirt.rows, shirt.tags, shirt.kind) == ((2, 3, 4, 5), ("cotton", "summer"), "Tops")
    # Variations have slugs: `dark-red`, `m-long`.
    assert shirt.options == (Option("color", ("Dark red", "Blue")), Option("Size", ("S", "M, long")))
    assert _skus(shirt) == [
        (("Dark red", "S"), 79_50, 99_00, "TS-RS", 4),
        (("Blue", "M, long"), 99_00, None, "TS-BL", 0),
    ]
    assert [picture.url[-7:] for picture in shirt.pictures] == ["e/t.jpg", "/t2.jpg", "red.jpg"]
    assert (shirt.facts, shirt.extra["weight"], _faults(shirt)) == ({"Material": "Cotton"}, "0.2", [Fault.SWITCHED_OFF])
    card = taken["woocommerce-105"]
    assert (card.state, card.extra["meta:_x"], _faults(card)) == (ProductState.DRAFT, "note", [Fault.STOCK_UNKNOWN])
    assert _faults(refused["woocommerce-106"]) == [Fault.KIND_NOT_TAKEN]


def test_googles_table_groups_items() -> None:
    taken, refused = _sample("google.tsv")
    shirt = taken["TS"]
    assert (shirt.rows, shirt.options) == ((2, 4), (Option("颜色", ("红", "蓝")),))
    assert _skus(shirt) == [(("红",), 79_00, 99_00, "TS-1", 6), (("蓝",), 99_00, None, "TS-2", 0)]
    assert (shirt.description_html, shirt.kind, shirt.skus[0].weight_grams) == ("棉 &amp; 软", "T 恤", 200)
    assert (shirt.extra["custom_label_0"], shirt.extra["size"]) == ("热", "M")
    assert taken["MUG"].description_html == "<p>白瓷</p>"
    assert _faults(taken["MUG"]) == [Fault.STOCK_UNKNOWN]
    assert _faults(refused["USD"]) == [Fault.OTHER_CURRENCY]


def test_a_broken_item_of_googles_feed_does_not_stop_the_others() -> None:
    taken, refused = _sample("google.xml")
    shirt = taken["TS"]
    assert _skus(shirt) == [(("红",), 99_00, None, "TS-1", 6), (("蓝",), 99_00, None, "TS-2", 0)]
    assert [picture.url[-7:-4] for picture in shirt.pictures] == ["/t1", "t1b", "t1c"]
    assert (shirt.rows, refused["BAD"].rows, _faults(refused["BAD"])) == ((5, 15), (14,), [Fault.BROKEN_LINE])


@pytest.mark.parametrize("name", ["taobao-41.csv", "taobao-63.csv", "taobao-80.csv"])
def test_every_generation_of_taobaos_package_reads_the_same(name: str) -> None:
    taken, refused = _sample(name)
    shirt = taken["taobao-520001"]
    is_old = name == "taobao-41.csv"
    assert _skus(shirt) == [
        (("墨黑", "均码"), 128_00, None, "LS-K", 10),
        (("蓝色" if is_old else "湖蓝", "均码"), 138_50, None, "", 5),
    ]
    assert [option.name for option in shirt.options] == ["颜色", "尺码"]
    assert [picture.url.rsplit("/")[-1] for picture in shirt.pictures] == ["1.jpg", "blue.jpg", "in.jpg"]
    assert shirt.skus[1].picture == "https://img.example/blue.jpg"
    assert (shirt.vendor, shirt.skus[0].weight_grams) == ("织坊", 0 if is_old else 210)
    assert (shirt.extra["cid"], shirt.extra["邮费模版ID" if is_old else "postage_id"]) == ("50011123", "77")
    assert shirt.extra["cateProps"].startswith("20000:29534;")
    assert shirt.state is ProductState.LISTED
    assert _faults(shirt) == [Fault.PICTURE_MISSING]
    cup = taken["taobao-520002"]
    assert (cup.state, _skus(cup)) == (ProductState.DRAFT, [((), 38_00, None, "CUP", 20)])
    assert _faults(refused["taobao-520003"]) == [Fault.INVALID_SKUS]


def _zip(**files: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(name.replace("__", "."), data)
    return target.getvalue()


def test_a_package_is_read_with_the_pictures_in_its_folder() -> None:
    data = (SAMPLES / "taobao-63.csv").read_bytes()
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("八月/goods.csv", data)
        package.writestr("八月/goods/bb22.tbi", b"a picture")
        package.writestr("八月/notes.txt", "anything")
    goods, items = read_goods(target.getvalue())
    assert goods.source == "taobao"
    assert [item.handle for item in items if isinstance(item, ProductRecord)] == ["taobao-520001", "taobao-520002"]
    assert _faults(items[-1]) == [Fault.FILE_NOT_READ]
    lacking = [p.value for item in items[:2] if isinstance(item, ProductRecord) for p in item.warnings]
    assert lacking == ["dd44.tbi"]
    shirt = items[0]
    assert isinstance(shirt, ProductRecord)
    assert [url for url in (picture.url for picture in shirt.pictures) if url.startswith("package:")] == [
        f"package:bb22.tbi?{zlib.crc32(b'a picture'):08x}-9"
    ]


def test_the_export_in_a_package_comes_before_what_could_be_made_by_hand() -> None:
    sold = [["商品名称", "单价", "数量"], *([f"茶 {n}", "9", "1"] for n in range(99))]
    shop = [["Handle", "Title", "Variant Price"], ["cup", "杯", "38"]]
    csv_of = {name: "\n".join(map(",".join, rows)).encode() for name, rows in (("sold", sold), ("shop", shop))}
    for data in (
        _zip(sold__csv=csv_of["sold"], products_export__csv=csv_of["shop"]),
        _zip(sold__xlsx=workbook({"流水": sold}), shop__xlsx=workbook({"商品": shop})),
        workbook({"流水": sold, "商品": shop}),
    ):
        goods, items = read_goods(data)
        assert (goods.source, [getattr(item, "handle", "") for item in items]) == ("shopify", ["cup", ""])
        assert _faults(items[-1]) == [Fault.FILE_NOT_READ]
    for data in (_zip(sold__csv=csv_of["sold"], notes__csv=b"x,y\n1,2\n"), workbook({"流水": sold})):
        goods, items = read_goods(data)
        assert (goods.source, sum(isinstance(item, ProductRecord) for item in items)) == ("plain", 99)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ("订单号,商品名称,单价,数量\n1,茶,9,1\n".encode(), Fault.NO_HEADER),
        (b"Order Number,Name,Price\n1,Tea,9\n", Fault.NO_HEADER),
        (_zip(a__csv=b"x,y\n1,2\n"), Fault.NO_HEADER),
        (_zip(readme__md=b"nothing"), Fault.NO_FILE_OF_GOODS),
        (_zip(goods__csv=b"\0" * 10_000_000), Fault.PACKAGE_TOO_LARGE),
        (_zip(goods__csv=b"Handle,Title\n")[:-30], Fault.BROKEN_PACKAGE),
        (b"PK\x03\x04", Fault.BROKEN_PACKAGE),
    ],
)
def test_what_is_none_of_goods_is_refused(data: bytes, fault: Fault) -> None:
    goods, items = read_goods(data)
    assert goods.problem
    assert (goods.problem.fault, items) == (fault, [])


def test_a_package_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "UNPACKED_MAX", 1_000)
    goods, _ = read_goods(_zip(goods__csv=(SAMPLES / "taobao-63.csv").read_bytes()))
    assert goods.problem
    assert goods.problem.fault is Fault.PACKAGE_TOO_LARGE


_HEADERS = {
    "shopify": ("Handle", "Title", "Option1 Name", "Option1 Value", "Variant Price", "Variant Grams", "x"),
    "woocommerce": ("ID", "Type", "SKU", "Name", "Regular price", "Parent", "Attribute 1 name", "Attribute 1 value(s)"),
    "taobao": ("title", "cid", "price", "num", "skuProps", "picture", "propAlias", "num_id"),
    "google": ("id", "title", "price", "image_link", "item_group_id", "color", "gtin", "quantity"),
}
_CELLS = st.one_of(
    st.sampled_from(["", "a", "b", "1", "2.50", "9,99", "id:1", "variable", "variation", "simple", "颜色", "red"]),
    st.sampled_from(["9.9:1:c:1:2;3:4;", "1:2:黑;", "1:1:a.tbi|;", "'=1+1", "\x00", "\ud83d", 'q"q', "1.00 CNY", "-5"]),
    st.text(max_size=8),
)


@pytest.mark.parametrize("source", _HEADERS)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_row_is_in_exactly_one_item(source: str, data: st.DataObject) -> None:
    header = _HEADERS[source]
    rows = data.draw(st.lists(st.lists(_CELLS, max_size=len(header) + 1), max_size=8))
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=data.draw(st.sampled_from(",\t;")), quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])
    content = text.getvalue().encode("utf-8", "surrogatepass" if data.draw(st.booleans()) else "replace")
    goods, items = read_goods(content)
    if goods.problem:
        assert goods.problem.fault is Fault.UNREADABLE_TEXT or (goods.problem.fault is Fault.NO_GOODS and not items)
        return
    assert goods.source == source
    encoding = sniff_encoding(BytesIO(content))
    assert encoding
    wrapped = open_text(BytesIO(content), encoding)
    names = wrapped.readline()
    dialect = next(d for d in ",\t;" if f'"{d}"' in names)
    wrapped.seek(0)
    raws = list(raw_rows(wrapped, dialect, len(header)))
    expected = [raw.line for raw in raws[1:] if raw.error or any(cell.strip() for cell in raw.cells)]
    label = [raw.line for raw in raws[1:] if raw.cells[:1] == ["宝贝名称"]]
    found = sorted(line for item in items for line in item.rows)
    assert found == [line for line in expected if line not in label]
    assert all(item.line == item.rows[0] for item in items)


@given(st.text(alphabet=st.one_of(st.sampled_from('",\n\r a'), st.characters(codec="utf-8")), max_size=200))
@example('a,"b\nc,d\n"e"f,g\nh\n')
@example('"\n"\r\n""\r"x"y\n"')
def test_rows_lie_side_by_side_and_no_line_is_lost(text: str) -> None:
    data = text.encode()
    encoding = sniff_encoding(BytesIO(data))
    assume(encoding)  # A NUL as the second byte says UTF-16.
    assert encoding
    lines = list(open_text(BytesIO(data), encoding))
    at = 1
    for raw in raw_rows(open_text(BytesIO(data), encoding), ","):
        assert raw.line == at
        at += raw.lines
    assert at == len(lines) + 1


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([*_HEADERS, "rss", "zip", ""]),
    st.binary(max_size=300),
    st.sampled_from(["utf-8", "utf-16", "gb18030"]),
)
def test_no_file_breaks_a_reader(kind: str, data: bytes, encoding: str) -> None:
    heads = {
        "rss": "<rss><channel><item><g:id>1</g:id>".encode(encoding),
        "zip": b"PK\x03\x04",
        "": b"",
        **{name: (",".join(header) + "\n").encode(encoding) for name, header in _HEADERS.items()},
    }
    goods, items = read_goods(heads[kind] + data)
    assert all(isinstance(item, ProductRecord | Refusal) for item in items)
    assert goods.problem or goods.source


_MARKUP = [*"<>/&;! abitemgd:[]=\"'\n", "<item>", "</item>", "<g:id>", "</g:id>", "<entry >", "</entry>"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_MARKUP), max_size=60))
def test_no_feed_breaks_its_reader_and_every_item_is_told_of(pieces: list[str]) -> None:
    text = "".join(pieces)
    goods, items = read_goods(f"<?xml version='1.0'?>\n<rss>{text}</rss>".encode())
    assert goods.source == "google"
    told = sorted(line for item in items for line in item.rows)
    begins = [2 + text.count("\n", 0, found.start()) for found in re.finditer(r"<(?:item|entry)(?=[\s>])", text)]
    # An item within another is part of it.
    assert set(told) <= set(begins)
    assert told[:1] == begins[:1]


def test_no_two_fields_of_a_format_have_one_name() -> None:
    for columns in (SHOPIFY, WOOCOMMERCE, PLUGINS, TAOBAO, GOOGLE):
        names = [name for names in columns.names.values() for name in names]
        assert len(names) == len(set(names))
