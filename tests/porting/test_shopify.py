"""Proves that Shopify's files are read as they were meant, in every shape they come in, and that none breaks us."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiji.catalog import Option, Picture, ProductState
from weiji.porting.encodings import Encoding, sniff_encoding
from weiji.porting.numbers import Decimals, read_price
from weiji.porting.readers import open_goods
from weiji.porting.records import Fault, Item, LineProblem, ProductRecord, Refusal

(OLDER,) = csv.reader(
    [
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,"
        "Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price,Variant Barcode,"
        "Image Src,Image Position,Image Alt Text,Variant Image,Gift Card,Cost per item,Status"
    ]
)
(CURRENT,) = csv.reader(
    [
        "Title,URL handle,Description,Vendor,Type,Tags,Published on online store,Status,SKU,Barcode,Option1 name,"
        "Option1 value,Option2 name,Option2 value,Price,Compare-at price,Inventory quantity,Weight value (grams),"
        "Product image URL,Image position,Image alt text,Variant image URL,Gift card,Cost per item"
    ]
)


def _file(*rows: dict[str, str], columns: list[str] = OLDER, encoding: str = "utf-8", delimiter: str = ",") -> BytesIO:
    text = StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return BytesIO(text.getvalue().encode(encoding))


def read_items(data: bytes) -> list[Item | LineProblem]:
    """Read a file; where it can't be read, its problem."""
    goods = open_goods(BytesIO(data))
    return [goods.problem] if goods.problem else list(goods.items)


def _read(*rows: dict[str, str], **shape: Any) -> list[Item | LineProblem]:
    return read_items(_file(*rows, **shape).getvalue())


def _word(item: Item | LineProblem) -> str:
    """Tell a product by its handle, a refusal by its first fault."""
    if isinstance(item, Refusal):
        return item.problems[0].fault
    return item.handle if isinstance(item, ProductRecord) else item.fault


def _product(*rows: dict[str, str], **shape: Any) -> ProductRecord:
    (product,) = _read(*rows, **shape)
    assert isinstance(product, ProductRecord), product
    return product


POINTS = Decimals(is_comma_grouping=True)
"""How a file is read that tells nothing."""

TEAPOT = {"Handle": "teapot", "Title": "紫砂壶", "Variant Price": "198.00"}
TEE = [
    {
        "Handle": "tee",
        "Title": "T恤",
        "Body (HTML)": '<p>棉,\n"软"</p><img src="https://a.example/wear.jpg" alt="上身">',
        "Vendor": "布坊",
        "Type": "服装",
        "Tags": "夏, 棉,夏",
        "Published": "true",
        "Option1 Name": "颜色",
        "Option1 Value": "红",
        "Option2 Name": "尺码",
        "Option2 Value": "M",
        "Variant SKU": "T-1",
        "Variant Grams": "150.4",
        "Variant Inventory Qty": "7",
        "Variant Price": "59.9",
        "Variant Compare At Price": "89",
        "Variant Barcode": "'6901234567892",
        "Image Src": "https://a.example/2.jpg",
        "Image Position": "2",
        "Image Alt Text": "背",
        "Gift Card": "false",
        "Cost per item": "20",
    },
    {
        "Handle": "tee",
        "Option1 Value": "蓝",
        "Option2 Value": "M",
        "Variant Inventory Qty": "-3",
        "Variant Price": "1,059.90",
        "Image Src": "https://a.example/1.jpg",
        "Image Position": "1",
        "Variant Image": "https://a.example/blue.jpg",
        "Cost per item": "22",
    },
    {"Handle": "tee", "Image Src": "https://a.example/3.jpg", "Image Position": "3"},
]


def test_a_product_of_the_older_generation_is_read_whole() -> None:
    product = _product(*TEE)
    assert (product.line, product.handle, product.title, product.vendor, product.kind) == (
        2,
        "tee",
        "T恤",
        "布坊",
        "服装",
    )
    assert product.tags == ("夏", "棉")
    assert product.options == (Option("颜色", ("红", "蓝")), Option("尺码", ("M",)))
    assert [picture.url.rsplit("/")[-1] for picture in product.pictures] == [
        "1.jpg", "2.jpg", "3.jpg", "blue.jpg", "wear.jpg",
    ]  # fmt: skip
    assert [picture.alt for picture in product.pictures] == ["", "背", "", "", "上身"]
    red, blue = product.skus
    assert (red.choices, red.price, red.compare_at, red.code) == (("红", "M"), 59_90, 89_00, "T-1")
    assert (red.barcode, red.weight_grams, red.on_hand, red.picture) == ("6901234567892", 150, 7, None)
    assert (blue.choices, blue.price, blue.compare_at) == (("蓝", "M"), 1_059_90, None)
    assert (blue.weight_grams, blue.on_hand, blue.picture) == (0, 0, "https://a.example/blue.jpg")
    assert product.extra == {"Gift Card": "false", "Cost per item": "20", "Cost per item (蓝 / M)": "22"}


def test_a_product_of_the_current_generation_is_read_whole() -> None:
    row = {
        "Title": "T恤",
        "URL handle": "tee",
        "Description": "<p>棉</p>",
        "Published on online store": "TRUE",
        "Status": "Active",
        "SKU": "T-1",
        "Barcode": "6901234567892",
        "Option1 name": "颜色",
        "Option1 value": "红",
        "Price": "59.90",
        "Compare-at price": "89.00",
        "Inventory quantity": "7",
        "Weight value (grams)": "150",
        "Product image URL": "https://a.example/1.jpg",
        "Image alt text": "正",
        "Gift card": "FALSE",
    }
    product = _product(row, columns=CURRENT)
    (sku,) = product.skus
    assert (product.handle, product.title, product.description_html) == ("tee", "T恤", "<p>棉</p>")
    assert product.state is ProductState.LISTED
    assert product.pictures == (Picture(url="https://a.example/1.jpg", alt="正"),)
    assert (sku.choices, sku.price, sku.compare_at, sku.on_hand, sku.weight_grams) == (("红",), 59_90, 89_00, 7, 150)
    assert product.extra == {"Gift card": "FALSE"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter_reads_the_same(encoding: str, delimiter: str) -> None:
    assert _product(*TEE, encoding=encoding, delimiter=delimiter) == _product(*TEE)


def test_the_title_option_of_a_single_sku_is_none() -> None:
    product = _product(TEAPOT | {"Option1 Name": "Title", "Option1 Value": "Default Title"})
    assert (product.options, product.skus[0].choices) == ((), ())


@pytest.mark.parametrize(
    ("cells", "state"),
    [
        ({}, ProductState.LISTED),
        ({"Published": "true"}, ProductState.LISTED),
        ({"Published": "FALSE"}, ProductState.DRAFT),
        ({"Status": "active", "Published": "false"}, ProductState.DRAFT),
        ({"Status": "draft", "Published": "true"}, ProductState.DRAFT),
        ({"Status": "archived"}, ProductState.WITHDRAWN),
    ],
)
def test_only_what_is_published_is_listed(cells: dict[str, str], state: ProductState) -> None:
    assert _product(TEAPOT | cells).state is state


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("50", 50_00), ("9.99", 9_99), ("9.9", 9_90), ("0", 0), ("1,299.00", 1_299_00), ("1299.990", 1_299_99),
        ("¥38", 38_00), ("CN¥ 38", 38_00), ("38.5 元", 38_50), ("38 cny", 38_00), ("0.1", 10), ("4.35", 4_35),
        ("1,290", 1_290_00), ("1 299,00", 1_299_00), ("1.299,00", 1_299_00), ("1'299.00", 1_299_00), (".5", 50),
        ("1.290", Fault.AMBIGUOUS_PRICE), ("1.005", Fault.AMBIGUOUS_PRICE), ("$25.00", Fault.OTHER_CURRENCY),
        ("25,00 €", Fault.OTHER_CURRENCY), ("25.00 USD", Fault.OTHER_CURRENCY), ("£9", Fault.OTHER_CURRENCY),
        ("25 zł", Fault.OTHER_CURRENCY), ("HK$25", Fault.OTHER_CURRENCY), ("NT$ 25", Fault.OTHER_CURRENCY),
        ("1.0050", None), ("9,99", None), ("1,29", None), ("1,29,000", None), ("-1", None), ("", None), ("abc", None),
        ("1e3", None), ("1e999999", None), ("NaN", None), ("9" * 16, None), ("١", None), ("$", None),
    ],
)  # fmt: skip
def test_a_price_is_read_exactly_or_not_at_all(text: str, fen: int | Fault | None) -> None:
    assert read_price(text, POINTS) == (Fault.INVALID_PRICE if fen is None else fen)


@given(st.integers(0, 10**14))
def test_every_price_reads_as_the_fen_it_was(fen: int) -> None:
    assert read_price(f"{fen // 100}.{fen % 100:02d}", POINTS) == fen
    assert read_price(f"{fen // 100:,}.{fen % 100:02d}", POINTS) == fen


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([{"Title": "壶", "Variant Price": "1"}], (2, Fault.NO_HANDLE, "")),
        ([TEAPOT | {"Title": " "}], (2, Fault.NO_TITLE, "")),
        ([TEAPOT | {"Variant Price": "9.9.9"}], (2, Fault.INVALID_PRICE, "9.9.9")),
        ([TEAPOT | {"Variant Price": "1.290"}], (2, Fault.AMBIGUOUS_PRICE, "1.290")),
        ([TEAPOT | {"Variant Price": "$19.80"}], (2, Fault.OTHER_CURRENCY, "$19.80")),
        ([TEAPOT | {"Variant Compare At Price": "x"}], (2, Fault.INVALID_PRICE, "x")),
        ([TEAPOT | {"Variant Price": ""}], (2, Fault.NO_SKUS, "")),
        ([TEE[0], TEE[1] | {"Option2 Value": ""}], (4, Fault.MISSING_CHOICE, "")),
    ],
)
def test_what_is_wrong_is_told_with_its_line(rows: list[dict[str, str]], problem: tuple[int, Fault, str]) -> None:
    (found,) = _read(*rows)
    assert isinstance(found, Refusal)
    assert [(each.line, each.fault, each.value) for each in found.problems] == [problem]


@pytest.mark.parametrize(
    ("column", "value"),
    [("Variant Grams", "heavy"), ("Variant Inventory Qty", "NaN"), ("Variant Inventory Qty", "1e9999999")],
)
def test_what_can_not_be_weighed_or_counted_is_none_and_told(column: str, value: str) -> None:
    (found,) = _read(TEAPOT | {"Variant Inventory Qty": "0", column: value})
    assert isinstance(found, ProductRecord)
    assert [(each.fault, each.value) for each in found.warnings] == [(Fault.INVALID_NUMBER, value)]
    assert (found.skus[0].weight_grams, found.skus[0].on_hand) == (0, 0)


def test_a_faulty_product_does_not_hold_up_the_others() -> None:
    rows = _read(TEAPOT, TEAPOT | {"Handle": "bad", "Variant Price": "?"}, TEAPOT | {"Handle": "good"})
    assert [_word(row) for row in rows] == ["teapot", Fault.INVALID_PRICE, "good"]


def test_rows_of_a_product_need_not_stand_together() -> None:
    (pot, tee) = _read(TEE[0], TEAPOT, TEE[1], TEE[2])
    assert isinstance(pot, ProductRecord)
    assert isinstance(tee, ProductRecord)
    assert (pot.rows, tee.rows) == ((4,), (2, 5, 6))
    assert len(tee.skus) == 2


def test_a_broken_row_leaves_out_its_product_whole() -> None:
    """Taking the others of its rows would withdraw the SKU that it tells of."""
    data = b'Handle,Title,Variant Price,Option1 Name,Option1 Value\na,A,1,S,1\na,"A"x,2,S,2\nb,B,1,,\n'
    refused, taken = read_items(data)
    assert isinstance(refused, Refusal)
    assert (refused.handle, refused.rows, _word(refused)) == ("a", (2, 3), Fault.BROKEN_LINE)
    assert _word(taken) == "b"


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (b"", [Fault.NO_HEADER]),
        (b"\n\n", [Fault.NO_HEADER]),
        (b"\xff\xff\xff", [Fault.UNREADABLE_TEXT]),
        (b"Name,Cost\nx,1\n", [Fault.NO_HEADER]),
        (b"Handle,Title,Variant Price\na,A,1,2\nb,B,1\n", [Fault.BROKEN_LINE, "b"]),
        (b'Handle,Title,Variant Price\na,A,1\nb,"B"x,1\nc,C,1\n', ["a", Fault.BROKEN_LINE, "c"]),
        (b'Handle,Title,Variant Price\na,A,1\nb,"B,1\nc,C,1\n', ["a", Fault.BROKEN_LINE, "c"]),
    ],
)
def test_broken_files_are_told_of(data: bytes, faults: list[str]) -> None:
    assert [_word(row) for row in read_items(data)] == faults


def test_an_encoding_is_judged_by_the_whole_file() -> None:
    late = b"Handle,Title,Variant Price\n" + b"x" * 200_000 + "壶".encode("gb18030")
    assert sniff_encoding(BytesIO(late)) == Encoding("gb18030")
    assert sniff_encoding(BytesIO(late[:-2] + "壶".encode())) == Encoding("utf-8-sig")


def test_a_few_wrong_bytes_leave_out_their_line_only() -> None:
    rows = "".join(f"p{n},壶{n},1\n" for n in range(200)).encode()
    data = b"Handle,Title,Variant Price\n" + rows + b"bad,\xff\xfe\xff,1\nlast,Z,1\n"
    items = read_items(data)
    assert len(items) == 202
    assert [_word(item) for item in items[200:]] == [Fault.UNREADABLE_TEXT, "last"]
