"""Proves that files nobody has seen yet neither break a reader nor lose anything: real shapes, torn in every way."""

import csv
import random
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.porting.examples import SAMPLES, read_goods
from weiji.catalog import PICTURES_MAX, TAGS_MAX, Delivery, Presale, ProductState
from weiji.porting import Fault
from weiji.porting.encodings import open_text, sniff_encoding
from weiji.porting.numbers import Decimals, Sign, read_price, read_whole
from weiji.porting.readers import google, open_goods, plain, shopify, taobao, woocommerce, woocommerce_plugins
from weiji.porting.readers.base import is_time
from weiji.porting.records import ProductRecord, Refusal
from weiji.porting.tables import find_table, raw_rows

FORMATS = (shopify, woocommerce, woocommerce_plugins, taobao, google)
TABLES = [path.name for path in sorted(SAMPLES.iterdir()) if path.suffix in (".csv", ".tsv")]
UNKNOWN = "从未见过的列"


def rows_of_sample(name: str) -> tuple[list[list[str]], int]:
    """The rows of a sample, and at which of them the names of columns are."""
    data = (SAMPLES / name).read_bytes()
    encoding = sniff_encoding(BytesIO(data))
    assert encoding
    found = find_table(BytesIO(data), encoding, [each.COLUMNS for each in FORMATS])
    assert found
    _, table = found
    text = open_text(BytesIO(data), encoding)
    rows = [raw.cells for raw in raw_rows(text, table.delimiter)]
    return rows, table.header_row - 1


ROWS = {name: rows_of_sample(name) for name in TABLES}

CELLS = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                " ",
                "\x00",
                "\ufeff",
                "\u2028",
                "'=1+1",
                "=1+1",
                "-1",
                "1e309",
                "NaN",
                "９９",
                "1,234.50",
                "9999999999999",
            ),
            *(
                "\r\n",
                "a\rb",
                '"',
                '""',
                "''",
                "id:",
                "id:7",
                "http://",
                "//x",
                "package:x",
                "::::;;;:",
                "1:2:3:4:5;",
                ";",
            ),
            *(
                "<b>",
                "&amp;",
                "\ud7ff",
                "\U0001f600",
                "variable, downloadable",
                "variation",
                "Default Title",
                "x" * 3_000,
            ),
        ]
    ),
    st.text(max_size=12),
)


@st.composite
def torn(draw: st.DrawFn, name: str) -> tuple[bytes, list[str]]:
    """A sample with cells, rows and columns changed, in some encoding; and what its unknown column says."""
    rows, header = ROWS[name]
    rows = [list(row) for row in rows]
    choice = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 - It has to be repeatable, not secret.
    told = []
    for n, row in enumerate(rows):
        if n == header:
            row.append(UNKNOWN)
        elif n > header:
            row += [""] * (len(rows[header]) - 1 - len(row))
            told.append(f"unknown-{n}")
            row.append(told[-1])
    for cell in draw(st.lists(CELLS, max_size=6)):
        row = choice.choice(rows[header + 1 :])
        row[choice.randrange(len(row) - 1)] = cell.encode("utf-8", "replace").decode()
    if draw(st.booleans()):
        lost = choice.randrange(len(rows[header]) - 1)
        for row in rows[header:]:
            del row[lost]
    body = rows[header + 1 :]
    for _ in range(draw(st.integers(0, 2))):
        body.insert(choice.randrange(len(body) + 1), list(choice.choice(body)))
    if draw(st.booleans()):
        choice.shuffle(body)
    text = StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from([",", "\t", ";"])),
        quoting=draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
    )
    writer.writerows(rows[: header + 1] + body)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"]))
    data = text.getvalue().encode(encoding, "replace")
    for _ in range(draw(st.integers(0, 2))):  # And where it hurts: a byte, a quote, a piece.
        at = choice.randrange(len(data))
        data = data[:at] + draw(st.sampled_from([b"", b'"', b"\x00", b"\xff", b"\n", b"\r"])) + data[at + 1 :]
    return data, told


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_each_row_of_a_torn_file_is_in_exactly_one_item_and_nothing_unknown_is_lost(
    name: str, data: st.DataObject
) -> None:
    content, _ = data.draw(torn(name))
    goods, items = read_goods(content)
    if not goods.source:
        assert goods.problem
        return
    encoding = sniff_encoding(BytesIO(content))
    assert encoding
    # Where so much is torn out of its head that it is no known export, it is read as a list that somebody made.
    formats = (plain,) if goods.source == plain.SOURCE else FORMATS
    found = find_table(BytesIO(content), encoding, [each.COLUMNS for each in formats])
    assert found
    number, table = found
    text = open_text(BytesIO(content), encoding)
    raws = list(islice(raw_rows(text, table.delimiter, len(table.header)), table.header_row, None))
    raws = [raw for raw in raws if raw.error or any(cell.strip() for cell in raw.cells)]
    places = {column: n for n, column in enumerate(table.header)}
    is_label = taobao.COLUMNS.names["title"] if formats[number] is taobao else ()
    labels = {raw.line for raw in raws if is_label and taobao.LABEL in [cell.strip() for cell in raw.cells]}
    told = [line for item in items if isinstance(item, ProductRecord | Refusal) for line in item.rows]
    assert sorted(told) == sorted(set(told))
    assert set(told) | labels == {raw.line for raw in raws} | labels
    by_line = {raw.line: raw.cells for raw in raws}
    for item in items:
        if isinstance(item, ProductRecord) and UNKNOWN in places:
            kept = set(item.extra.values())
            for line in item.rows:
                cells = by_line[line]
                said = cells[places[UNKNOWN]].strip() if len(cells) > places[UNKNOWN] else ""
                assert not said or said in kept or said.lstrip("'") in kept, (line, said)


CHINESE = (
    "ID,类型,SKU,名称,已发布,是推荐产品？,在列表页可见,简单描述,描述,有货？,库存,重量(公斤),促销价格,常规售价,分类,标签,图片,"
    "父级,位置,属性 1 名称,属性 1 值,属性 1 可见,属性 1  的全局,元数据：_x\n"
    '7,variable,CUP,杯,1,0,visible,,一只杯子,1,,0.3,,,"茶具, 茶具 > 杯",手作,"https://a.example/1.jpg, https://a.example/2.jpg"'
    ',,0,颜色,"青, 白",1,1,m\n'
    "8,variation,CUP-1,杯 - 青,1,0,visible,,,1,5,,,38,,,,id:7,1,颜色,青,,1,\n"
    "9,variation,CUP-2,杯 - 白,1,0,visible,,,1,6,0.4,40,42.5,,,https://a.example/3.jpg,CUP,2,颜色,白,,1,\n"
)
GERMAN = (
    "ID;Typ;Artikelnummer;Name;Veröffentlicht;Kurzbeschreibung;Beschreibung;Vorrätig?;Lager;Gewicht (kg);Angebotspreis;"
    "Regulärer Preis;Kategorien;Schlagwörter;Bilder;Übergeordnetes Produkt;Attribut 1 Name;Attribut 1 Wert(e)\n"
    '7;variable;CUP;杯;1;;一只杯子;1;;0,3;;;"茶具, 茶具 > 杯";手作;'
    "https://a.example/1.jpg, https://a.example/2.jpg;;颜色;青, 白\n"
    "8;variation;CUP-1;杯;1;;;1;5;;;38;;;;id:7;颜色;青\n"
    "9;variation;CUP-2;杯;1;;;1;6;0,4;40,00;42,50;;;https://a.example/3.jpg;CUP;颜色;白\n"
)
FRENCH = (
    'ID,Type,UGS,Nom,Publié,"Description courte",Description,"En stock\u202f?",Stock,"Poids (kg)","Tarif promo",'
    '"Tarif régulier",Catégories,Étiquettes,Images,Parent,"Nom de l’attribut 1","Valeur(s) de l’attribut 1 "\n'
    '7,variable,CUP,杯,1,,一只杯子,1,,0.3,,,"茶具, 茶具 > 杯",手作,'
    '"https://a.example/1.jpg, https://a.example/2.jpg",,颜色,"青, 白"\n'
    "8,variation,CUP-1,杯,1,,,1,5,,,38,,,,id:7,颜色,青\n"
    "9,variation,CUP-2,杯,1,,,1,6,0.4,40,42.5,,,https://a.example/3.jpg,CUP,颜色,白\n"
)
SPANISH = FRENCH.partition("\n")[2]
SPANISH = (
    "ID,Tipo,SKU,Nombre,Publicado,Descripción corta,Descripción,¿Existencias?,Inventario,Peso (kg),Precio rebajado,"
    "Precio normal,Categorías,Etiquetas,Imágenes,Superior,Nombre del atributo 1,Valor(es) del atributo 1\n" + SPANISH
)


@pytest.mark.parametrize("text", [CHINESE, GERMAN, FRENCH, SPANISH], ids=["zh", "de", "fr", "es"])
def test_woocommerces_export_is_read_in_the_language_of_the_shop(text: str) -> None:
    goods, items = read_goods(text.encode())
    assert goods.source == "woocommerce"
    (cup,) = items
    assert isinstance(cup, ProductRecord), cup
    assert (cup.title, cup.kind, cup.tags, cup.description_html) == ("杯", "茶具", ("手作",), "一只杯子")
    assert [(sku.choices, sku.price, sku.compare_at, sku.weight_grams, sku.on_hand) for sku in cup.skus] == [
        (("青",), 38_00, None, 300, 5),
        (("白",), 40_00, 42_50, 400, 6),
    ]
    assert [picture.url[-5:] for picture in cup.pictures] == ["1.jpg", "2.jpg", "3.jpg"]
    assert cup.skus[1].picture == "https://a.example/3.jpg"


GOOGLE = (
    "g:id\tg:title\tg:price\tg:sale_price\tg:sale_price_effective_date\tg:availability\tg:image_link\tg:quantity\n"
    "1\tCup\t42.00 CNY\t38.00 CNY\t2024-05-01T00:00+0800/2024-05-02T00:00+0800\tin_stock\thttps://a.example/1.jpg\t3\n"
)
WOO = (
    "ID,Type,SKU,Name,In stock?,Stock,Sale price,Regular price,Date sale price starts,Date sale price ends\n"
    "1,simple,C,Cup,1,3,38,42,2024-05-01,2024-05-01\n"
)


@pytest.mark.parametrize("text", [GOOGLE, WOO], ids=["google", "woocommerce"])
@pytest.mark.parametrize(
    ("now", "price", "compare_at"),
    [
        (datetime(2024, 4, 30, 15, 59, tzinfo=UTC), 42_00, None),
        (datetime(2024, 4, 30, 16, 0, tzinfo=UTC), 38_00, 42_00),
        (datetime(2024, 5, 1, 15, 59, tzinfo=UTC), 38_00, 42_00),
        (datetime(2024, 5, 1, 16, 0, tzinfo=UTC), 42_00, None),
        (None, 38_00, 42_00),
    ],
)
def test_what_is_reduced_for_a_time_costs_so_then_only(
    text: str, now: datetime | None, price: int, compare_at: int | None
) -> None:
    goods = open_goods(BytesIO(text.encode()), now=now)
    (cup,) = goods.items
    goods.close()
    assert isinstance(cup, ProductRecord), cup
    assert (cup.skus[0].price, cup.skus[0].compare_at) == (price, compare_at)
    assert any("2024-05-01" in value for value in cup.extra.values())


@given(st.text(max_size=30), st.text(max_size=30))
def test_times_that_can_not_be_read_tell_nothing(begin: str, end: str) -> None:
    assert is_time(datetime(2024, 1, 1, tzinfo=UTC), begin, end) in (True, False, None)
    assert is_time(datetime(2024, 1, 1, tzinfo=UTC), "", "later") is None


def test_what_is_reduced_until_an_unreadable_day_costs_what_it_did() -> None:
    goods = open_goods(BytesIO(WOO.replace("05-01\n", "05-99\n").encode()), now=datetime(2024, 5, 1, 12, tzinfo=UTC))
    (cup,) = goods.items
    assert isinstance(cup, ProductRecord), cup
    assert (cup.skus[0].price, [problem.fault for problem in cup.warnings]) == (42_00, [Fault.INVALID_DATE])


def test_columns_of_one_name_and_without_a_name_are_kept_apart() -> None:
    text = "Handle,Title,Variant Price,X,X,,\ncup,Cup,1,a,b,c,d\n"
    _, (cup,) = read_goods(text.encode())
    assert isinstance(cup, ProductRecord)
    assert sorted(cup.extra.values()) == ["a", "b", "c", "d"]


def woo(*prices: str, delimiter: str = ",") -> tuple[Any, dict[str, int | Fault]]:
    """Read a file of these prices: how it is read, and what each of them is, or why it is none."""
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["ID", "Type", "Name", "Regular price"])
    writer.writerows([n, "simple", price, price] for n, price in enumerate(prices, 1))
    goods, items = read_goods(text.getvalue().encode())
    found = {
        item.title: item.skus[0].price if isinstance(item, ProductRecord) else item.problems[0].fault
        for item in items
        if isinstance(item, ProductRecord | Refusal)
    }
    return goods.reading, found


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("prices", "decimal"),
    [
        ({"19,9": 19_90, "1.290": 1_290_00, "2.500,00": 2_500_00, "7": 7_00, "1 299,5": 1_299_50}, ","),
        ({"19.9": 19_90, "1.290": 1_29, "1,290": 1_290_00, "2,500.00": 2_500_00}, "."),
        ({"1.290": Fault.AMBIGUOUS_PRICE, "1,000": Fault.AMBIGUOUS_PRICE, "7": 7_00}, ""),
        ({"1.234.567": 1_234_567_00, "1.290": 1_290_00}, ","),
        ({"9,99": Fault.INVALID_PRICE, "8.50": 8_50, "7.5": 7_50, "1.290": Fault.AMBIGUOUS_PRICE}, "."),
    ],
)
def test_a_file_tells_once_what_stands_before_its_cents(
    prices: dict[str, int | Fault], decimal: str, delimiter: str
) -> None:
    reading, found = woo(*prices, delimiter=delimiter)
    assert found == prices
    assert (reading.decimal, reading.delimiter) == (decimal, delimiter)
    assert reading.is_mixed is (Fault.INVALID_PRICE in prices.values())


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5, unique=True), st.sampled_from(".,"), st.booleans())
def test_prices_of_any_country_are_read_exactly(fen: list[int], sign: str, has_spaces: bool) -> None:
    group = "\u202f" if has_spaces else ",."[",.".index(sign) - 1]
    _, found = woo(*(f"{each // 100:,}".replace(",", group) + f"{sign}{each % 100:02d}" for each in fen))
    assert list(found.values()) == fen


@given(st.text("0123456789.,eE+-'$€¥ ", max_size=12))
def test_no_amount_and_no_number_breaks_a_reader(text: str) -> None:
    for decimals in (Decimals(), Decimals(Sign.COMMA, is_told=True), Decimals(is_comma_grouping=True)):
        assert isinstance(read_price(text, decimals), int | Fault)
        assert isinstance(read_whole(text, decimals, Decimal(1000)), int | Fault)


TEXTS = {
    "gb18030": ["青花瓷杯", "紫砂壶（全手工）", "【包邮】杯子，Café 款①", "镕堃喆镔瓷", "繁體中文產品", "❤杯😀子"],
    "big5hkscs": ["青花瓷杯與茶壺", "繁體中文商品"],
    "cp1252": [
        "Größe für Männer",
        "Crème élan",
        "Théière à l’œuvre",
        "¿Qué? – señor",
        "“Best” mug™ 5 €",
        "Kettle 90 °C",
    ],
    "cp1250": ["Koszulka męska żółta"],
    "cp1254": ["Çay bardağı şişe"],
    "cp1251": ["Чашка фарфоровая"],
    "cp1253": ["Φλιτζάνι τσαγιού"],
    "cp932": ["有田焼のカップ", "茶碗"],
}


@pytest.mark.parametrize(("encoding", "text"), [(name, text) for name, texts in TEXTS.items() for text in texts])
def test_the_encoding_of_a_few_words_is_found_out(encoding: str, text: str) -> None:
    goods, (item,) = read_goods(f"Handle,Title,Variant Price\ncup,{text},9.80\n".encode(encoding))
    assert isinstance(item, ProductRecord)
    assert (item.title, goods.reading.encoding) == (text, encoding.upper())


LEVEL_1 = [bytes((lead, trail)) for lead in range(0xB0, 0xD7) for trail in range(0xA1, 0xFF)]


@given(
    st.lists(st.sampled_from(LEVEL_1), min_size=2, max_size=40).map(b"".join), st.sampled_from([b"", b"iPhone ", b"A"])
)
def test_what_chinese_shops_write_is_read_as_such(title: bytes, before: bytes) -> None:
    assume(any(byte > 0xDF for byte in title))  # Else it may be UTF-8, too, sign for sign.
    _, (item,) = read_goods(b"title,cid,price,num\n" + before + title + b",1,9.80,3\n")
    assert isinstance(item, ProductRecord)
    assert item.title == (before + title).decode("gb18030")


def test_a_few_wrong_bytes_do_not_make_another_encoding_of_utf_8() -> None:
    rows = "".join(f"cup-{n},青花瓷杯,9.80\n" for n in range(50)).encode()
    goods, items = read_goods(b"Handle,Title,Variant Price\n" + rows.replace(b"cup-7,", b"cup-7,\xb0", 1))
    assert (goods.reading.encoding, len(items)) == ("UTF-8", 50)
    assert [item.problems[0].fault for item in items if isinstance(item, Refusal)] == [Fault.UNREADABLE_TEXT]


def test_a_price_with_both_marks_is_read_as_they_stand() -> None:
    rows = [
        ["ID", "Type", "Name", "Regular price", "Stock"],
        ["1", "simple", "A", "9,50", "1"],
        ["2", "simple", "B", "1,299.00", "1"],
        ["3", "simple", "C", "1.299,00", "1"],
    ]
    text = StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(rows)
    prices = {
        item.title: item.skus[0].price
        for item in open_goods(BytesIO(text.getvalue().encode())).items
        if isinstance(item, ProductRecord)
    }
    assert prices == {"A": 950, "B": 129_900, "C": 129_900}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_chinese_names_of_columns_are_read_without_a_mark_of_their_encoding(encoding: str) -> None:
    data = "宝贝名称,宝贝类目,宝贝价格,宝贝数量\r\n青花瓷杯,50010850,9.80,3\r\n".encode(encoding)
    (cup,) = open_goods(BytesIO(data)).items
    assert isinstance(cup, ProductRecord)
    assert (cup.title, cup.skus[0].price, cup.skus[0].on_hand) == ("青花瓷杯", 980, 3)


VARIABLE = (
    "ID,Type,SKU,Name,Published,Stock,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n"
    '7,variable,T,Tee,{parent},7,,,Size,"S, M, L"\n'
    "8,variation,T-S,Tee,1,parent,10.00,T,Size,S\n"
    "9,variation,T-M,Tee,{medium},parent,10.00,T,Size,M\n"
    "10,variation,T-L,Tee,1,4,12.00,T,Size,L\n"
)


@pytest.mark.parametrize(
    ("parent", "medium", "state", "stock"),
    [
        ("1", "1", ProductState.LISTED, {"S": 4, "M": 3, "L": 4}),
        ("TRUE", "-1", ProductState.LISTED, {"S": 7, "L": 4}),
        ("1", "0", ProductState.LISTED, {"S": 7, "L": 4}),
        ("-1", "-1", ProductState.DRAFT, {"S": 4, "M": 3, "L": 4}),
    ],
)
def test_variations_share_stock_and_are_switched_off(
    parent: str, medium: str, state: ProductState, stock: dict[str, int]
) -> None:
    _, (tee,) = read_goods(VARIABLE.format(parent=parent, medium=medium).encode())
    assert isinstance(tee, ProductRecord), tee
    assert tee.state is state
    assert {sku.choices[0]: sku.on_hand for sku in tee.skus} == stock
    told = [problem.fault for problem in tee.warnings]
    assert told == [Fault.STOCK_SHARED] + [Fault.SWITCHED_OFF] * ("M" not in stock)
    assert len(tee.rows) == 4


def test_a_product_of_which_everything_is_switched_off_is_no_longer_listed() -> None:
    text = VARIABLE.replace("10,variation,T-L,Tee,1,", "10,variation,T-L,Tee,0,").replace("T-S,Tee,1,", "T-S,Tee,0,")
    _, (tee,) = read_goods(text.format(parent="1", medium="0").encode())
    assert isinstance(tee, ProductRecord), tee
    assert (tee.state, len(tee.skus)) == (ProductState.DRAFT, 3)


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "gb2312", "utf-16", "UTF-8"])
def test_a_feed_is_read_in_the_encoding_that_it_names(encoding: str) -> None:
    title = "青花瓷杯" if encoding == "gb2312" else "é"  # Alone it might be anything.
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><rss xmlns:g="http://base.google.com/ns/1.0"><channel><item>'
        f"<g:id>1</g:id><title>{title}</title><g:price>25.00 CNY</g:price></item></channel></rss>"
    )
    _, (item,) = read_goods(text.encode(encoding))
    assert isinstance(item, ProductRecord), item
    assert item.title == title


WHOLE = [
    *("ID", "Typ", "SKU", "Nazwa", "Opublikowano", "Wyróżniony?", "Widoczność w katalogu", "Krótki opis", "Opis"),
    *("Początek", "Koniec", "Podatek", "Klasa", "W magazynie?", "Stan", "Niski stan", "Zamówienia?", "Osobno?"),
    *("Waga (кг)", "Długość (cm)", "Szerokość (cm)", "Wysokość (cm)", "Opinie?", "Notatka", "Cena promocyjna", "Cena"),
    *("Kategorie", "Znaczniki", "Wysyłka", "Obrazki", "Limit", "Dni", "Nadrzędny", "Grupa", "Up", "Cross", "URL"),
    *("Przycisk", "Pozycja", "Pobranie 1 ID", "Pobranie 1 nazwa", "Pobranie 1 URL"),
    *("Nazwa atrybutu 1", "Wartości atrybutu 1", "Atrybut 1 widoczny", "Atrybut 1 globalny", "Meta: 1"),
]


@pytest.mark.parametrize("has_gtin", [False, True])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_an_export_in_an_unknown_language_is_read_by_its_order(delimiter: str, has_gtin: bool) -> None:
    rows = [list(WHOLE)] + [[""] * len(WHOLE) for _ in range(3)]
    places = {name: n for n, name in enumerate(WHOLE)}
    for n, cells in enumerate(
        [
            {"ID": "7", "Typ": "variable", "SKU": "T", "Nazwa": "Koszulka", "Opis": "Opis <b>T</b>", "Waga (кг)": "0,3"}
            | {"Wartości atrybutu 1": "S, M", "Obrazki": "https://a.example/1.jpg", "Kategorie": "Odzież > Koszulki"},
            {"ID": "8", "Typ": "variation", "Nadrzędny": "T", "Cena": "39,9", "Stan": "4", "Wartości atrybutu 1": "S"},
            {"ID": "9", "Typ": "variation", "Nadrzędny": "T", "Cena": "45", "Wartości atrybutu 1": "M"}
            | {"Cena promocyjna": "40", "Stan": "2", "Meta: 1": "x"},
        ],
        1,
    ):
        shared = {
            "Opublikowano": "1",
            "Widoczność w katalogu": "visible",
            "Podatek": "taxable",
            "Nazwa atrybutu 1": "R",
            "Atrybut 1 widoczny": "1",
            "Atrybut 1 globalny": "0",
        }
        for name, cell in (shared | cells).items():
            rows[n][places[name]] = cell
    if has_gtin:
        for each, cell in zip(rows, ["GTIN", "", "4006381333931", ""], strict=True):
            each.insert(3, cell)
    text = StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    goods, (tee,) = read_goods(text.getvalue().encode())
    assert goods.source == "woocommerce"
    assert isinstance(tee, ProductRecord), tee
    assert (tee.title, tee.description_html, tee.kind) == ("Koszulka", "Opis <b>T</b>", "Koszulki")
    assert [(sku.choices, sku.price, sku.compare_at, sku.on_hand, sku.weight_grams) for sku in tee.skus] == [
        (("S",), 39_90, None, 4, 300),
        (("M",), 40_00, 45_00, 2, 300),
    ]
    assert (tee.options[0].name, tee.skus[0].barcode) == ("R", "4006381333931" if has_gtin else "")
    assert "x" in tee.extra.values()


def test_a_column_that_stands_twice_counts_where_it_says_something() -> None:
    _, (cup,) = read_goods(b"Handle,Title,Title,Variant Price,,Price\ncup,,Cup,,x,5\n")
    assert isinstance(cup, ProductRecord), cup
    assert (cup.title, cup.skus[0].price) == ("Cup", 5_00)
    _, (cup,) = read_goods(b'\xef\xbb\xbf\xef\xbb\xbf"Handle",Title,Variant Price\ncup,Cup,5\n')
    assert isinstance(cup, ProductRecord), cup


def test_a_description_of_many_lines_is_one_cell() -> None:
    html = "<p>x</p>\n" * 1_500
    _, items = read_goods(f'Handle,Title,Body (HTML),Variant Price\ncup,Cup,"{html}",5\npot,Pot,,6\n'.encode())
    assert [isinstance(item, ProductRecord) for item in items] == [True, True]


def test_a_column_too_long_to_be_kept_is_left_out_and_told() -> None:
    _, (cup,) = read_goods(f"Handle,Title,Variant Price,Meta: a,Meta: b\ncup,Cup,5,{'x' * 100_001},y\n".encode())
    assert isinstance(cup, ProductRecord), cup
    assert cup.extra == {"Meta: b": "y"}
    assert [(problem.fault, problem.value) for problem in cup.warnings] == [(Fault.COLUMNS_CUT, "Meta: a")]


FEED = "id\ttitle\tprice\tavailability\tshipping_weight\n"


def test_tabs_part_cells_whose_quotes_are_no_quotes() -> None:
    text = FEED + '1\t"Vintage" tee\t10 CNY\tin_stock\t1.5kg\n2\t"Old tee\t11 cny\tx\t1\n3\tPipe 5"\tCN¥12\tx\t2 lbs.\n'
    text += '4\t"Five\t13 CNY\tx\t\n5\t6"\t14 CNY\tx\theavy\n6\t"A\nB"\t15 CNY\tx\t\n'
    _, items = read_goods(text.encode())
    found = [item for item in items if isinstance(item, ProductRecord)]
    assert [(item.title, item.skus[0].price, item.skus[0].weight_grams) for item in found] == [
        ('"Vintage" tee', 10_00, 1500),
        ('"Old tee', 11_00, 1),
        ('Pipe 5"', 12_00, 907),
        ('"Five', 13_00, 0),
        ('6"', 14_00, 0),
        ("A B", 15_00, 0),
    ]


def test_a_feed_with_the_signs_of_html_is_mended() -> None:
    text = (
        '<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>1</g:id>'
        "<title>Tea&nbsp;&amp; R&D &copy;</title>"
        "<description><![CDATA[<b>a & b&nbsp;</b>]]></description><g:price>25.00 CNY</g:price></item></channel></rss>"
    )
    _, (tea,) = read_goods(text.encode())
    assert isinstance(tea, ProductRecord), tea
    assert (tea.title, tea.description_html) == ("Tea & R&D ©", "<b>a & b&nbsp;</b>")


@pytest.mark.parametrize(
    ("date", "is_presale"),
    [("2024-06-01T00:00+0800", True), ("2030-01-01", False), ("2023-01-01", False), ("soon", False), ("", False)],
)
def test_what_is_ordered_before_it_is_there_is_a_presale(date: str, is_presale: bool) -> None:
    text = f"id\ttitle\tprice\tavailability\tavailability_date\n1\tTea\t9 CNY\tpreorder\t{date}\n"
    goods = open_goods(BytesIO(text.encode()), now=datetime(2024, 5, 1, tzinfo=UTC))
    (tea,) = goods.items
    assert isinstance(tea, ProductRecord), tea
    ships_at = datetime(2024, 5, 31, 16, tzinfo=UTC)
    assert tea.presale == (Presale(ends_at=ships_at, ships_at=ships_at) if is_presale else None)
    assert [problem.fault for problem in tea.warnings] == [] if is_presale else [Fault.INVALID_DATE]


@pytest.mark.parametrize(
    ("text", "delivery"),
    [
        ("Handle,Title,Variant Price,Variant Requires Shipping\na,A,5,false\n", Delivery.VIRTUAL),
        (
            "Handle,Title,Variant Price,Option1 Name,Option1 Value,Requires Shipping\na,A,5,O,1,FALSE\na,,5,,2,true\n",
            None,
        ),
        ('ID,Type,Name,Regular price\n1,"simple, virtual, downloadable",A,5\n', Delivery.VIRTUAL),
        ('ID,Type,Name,Regular price\n1,"simple, downloadable",A,5\n', None),
        ("ID,Name,Regular price\n1,A,5\n", None),
    ],
)
def test_what_needs_no_parcel_is_virtual(text: str, delivery: Delivery | None) -> None:
    _, (item,) = read_goods(text.encode())
    assert isinstance(item, ProductRecord), item
    assert (item.delivery, item.is_delivery_guessed) == (delivery, delivery is not None)


def test_the_properties_of_taobaos_skus_may_stand_in_any_order() -> None:
    skus = "10:1:a:1627207:1;20509:2;11:2:b:20509:3;1627207:1;"
    aliases = "1627207:1:青;20509:2:S;20509:3:M;"
    _, (tee,) = read_goods(f"title,cid,price,num,skuProps,propAlias\n衫,1,10,3,{skus},{aliases}\n".encode())
    assert isinstance(tee, ProductRecord), tee
    assert [(sku.choices, sku.price) for sku in tee.skus] == [(("青", "S"), 10_00), (("青", "M"), 11_00)]


def test_a_cell_in_quotes_with_quotes_in_it_is_taken_without_those_around_it() -> None:
    """So write tools that put quotes around texts, whatever is in them."""
    text = (
        "title\tcid\tprice\tnum\tdescription\tskuProps\tpropAlias\n"
        '"雨衣 "轻""\t1\t9\t3\t"<p class="a">雨</p>"\t"9:3::20509:1;10:4::20509:2;"\t"20509:1:M;20509:2:L;"\n'
        '"帽"\t1\t5\t2\t"<b>帽</b>"\t\t\n'
    )
    _, (coat, hat) = read_goods(text.encode("utf-16"))
    assert isinstance(coat, ProductRecord)
    assert (coat.title, coat.description_html) == ('雨衣 "轻"', '<p class="a">雨</p>')
    assert [(sku.choices, sku.price, sku.on_hand) for sku in coat.skus] == [(("M",), 9_00, 3), (("L",), 10_00, 4)]
    assert isinstance(hat, ProductRecord)
    assert hat.title == "帽"


def test_columns_that_were_chosen_are_found_behind_a_blank_row() -> None:
    """A part of an export, in Russian, with the mark of its encoding in the middle."""
    names = 'ID,Тип,Артикул,Имя,Опубликован,Описание,"Базовая цена",Категории'
    _, (cup,) = read_goods(f"\n\t\ufeff{names}\n40,simple,K-1,Чашка,1,Белая,240,Посуда\n".encode())
    assert isinstance(cup, ProductRecord)
    assert (cup.title, cup.kind, cup.skus[0].price, cup.skus[0].code) == ("Чашка", "Посуда", 240_00, "K-1")


def test_a_product_without_a_price_is_refused_for_that_alone() -> None:
    _, (cup,) = read_goods(b"ID,Type,SKU,Name,Published,Regular price\n1,simple,,Cup,1,\n")
    assert isinstance(cup, Refusal)
    assert [problem.fault for problem in cup.problems] == [Fault.NO_SKUS]


def test_a_price_of_a_feed_without_a_currency_is_told_of() -> None:
    rows = b"A\tCup\t12.50\tout_of_stock\nB\tMug\t9 CNY\tout_of_stock\n"
    _, goods = read_goods(b"id\ttitle\tprice\tavailability\n" + rows)
    told = [[problem.fault for problem in each.warnings] for each in goods if isinstance(each, ProductRecord)]
    assert told == [[Fault.CURRENCY_UNKNOWN], []]


def test_what_costs_nothing_comes_in_as_a_draft() -> None:
    """Shops write 0 where they have no price yet: nobody shall buy it for that."""
    _, (cup, pot) = read_goods(b"Handle,Title,Variant Price\ncup,Cup,0.00\npot,Pot,5\n")
    assert isinstance(cup, ProductRecord)
    assert isinstance(pot, ProductRecord)
    assert (cup.state, [problem.fault for problem in cup.warnings]) == (ProductState.DRAFT, [Fault.FREE])
    assert (pot.state, pot.warnings) == (ProductState.LISTED, ())


def test_more_tags_than_there_is_room_for_are_cut_and_told_of() -> None:
    tags = ", ".join(f"t{n}" for n in range(TAGS_MAX + 1))
    _, (cup,) = read_goods(f'Handle,Title,Tags,Variant Price\ncup,Cup,"{tags}",5\n'.encode())
    assert isinstance(cup, ProductRecord)
    assert (len(cup.tags), [(each.fault, each.value) for each in cup.warnings]) == (TAGS_MAX, [(Fault.TAGS_CUT, "1")])


def test_a_choice_is_called_by_its_own_name_rather_than_by_a_stray_one() -> None:
    cells = "10:1::1627207:-7;,1627207:-7:雾蓝;,20000:-7:耐克;"
    _, (cup,) = read_goods(f"title,cid,price,num,skuProps,propAlias,input_custom_cpv\n杯,1,10,1,{cells}\n".encode())
    assert isinstance(cup, ProductRecord), cup
    assert cup.skus[0].choices == ("雾蓝",)


def test_more_pictures_and_longer_words_than_there_is_room_for_keep_no_product_out() -> None:
    html = "".join(f"<img src='https://shop.example/{n}.jpg'>" for n in range(PICTURES_MAX + 1))
    text = (
        f"Handle,Title,Body (HTML),Type,Image Src,Variant Price\ncup,Cup,{html},{'x' * 300},https://a.example/1.jpg,5\n"
    )
    _, (cup,) = read_goods(text.encode())
    assert isinstance(cup, ProductRecord)
    assert (len(cup.pictures), cup.pictures[0].url, len(cup.kind)) == (PICTURES_MAX, "https://a.example/1.jpg", 200)
    told = {problem.fault: problem.value for problem in cup.warnings}
    assert told == {Fault.PICTURES_CUT: "2", Fault.TEXT_CUT: "x" * 80}


@pytest.mark.parametrize(
    ("text", "says_stock", "is_told"),
    [
        ("Handle,Title,Variant Price\na,A,5\n", False, False),
        ("Handle,Title,Variant Price,Variant Inventory Qty\na,A,5,\n", True, True),
        ("Handle,Title,Variant Price,Variant Inventory Qty\na,A,5,0\n", True, False),
        ("ID,Name,Regular price,Stock\n1,A,5,\n", True, True),
        ("ID,Name,Regular price,In stock?,Stock\n1,A,5,0,\n", True, False),
    ],
)
def test_a_file_without_quantities_is_told_of_once(text: str, says_stock: bool, is_told: bool) -> None:
    goods, (item,) = read_goods(text.encode())
    assert isinstance(item, ProductRecord)
    faults = [Fault.STOCK_UNKNOWN] if is_told else []
    assert (goods.reading.says_stock, [problem.fault for problem in item.warnings]) == (says_stock, faults)


@pytest.mark.parametrize(
    "text",
    ["Handle,Title,Variant Price\n", '<?xml version="1.0"?><products><product><id>1</id></product></products>'],
)
def test_a_file_of_no_goods_is_none_to_confirm(text: str) -> None:
    goods, items = read_goods(text.encode())
    assert (items, goods.problem.fault) == ([], Fault.NO_GOODS)


def test_a_variation_without_names_of_attributes_has_those_of_its_product() -> None:
    text = (
        "Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n"
        'variable,tee,Tee,,,Size,"S, M"\nvariation,tee-s,,10,tee,,S\nvariation,tee-m,,11,tee,,M\n'
    )
    _, (tee,) = read_goods(text.encode())
    assert isinstance(tee, ProductRecord), tee
    assert [(sku.choices, sku.price) for sku in tee.skus] == [(("S",), 10_00), (("M",), 11_00)]


def test_what_a_package_of_taobaos_names_describes_the_item() -> None:
    """What the shop typed, with what belongs to it; a custom choice under a number written wrong; equal names."""
    skus = "9:1::1627207:-1001;9:1::1627207:28341;9:1::1627207:28338;"
    cells = {
        "cateProps": "20000:1;13021751:2;20021:3;1627207:-1001",
        "inputPids": "20000,13021751,6103476",
        "inputValues": "耐克;系列;飞人,A-7,*",
        "skuProps": skus,
        "propAlias": "1627207:28341:夜;1627207:28338:夜;",
        "input_custom_cpv": "627207:-1001:雾;",
    }
    head, row = (
        ",".join(("title,cid,price,num", *cells)),
        ",".join(("衫", "1", "9", "3", *(f'"{c}"' for c in cells.values()))),
    )
    _, (tee,) = read_goods(f"{head}\n{row}\n".encode())
    assert isinstance(tee, ProductRecord), tee
    assert [sku.choices for sku in tee.skus] == [("雾",), ("夜 (黑色)",), ("夜 (蓝色)",)]
    assert tee.facts == {"品牌": "耐克", "系列": "飞人", "货号": "A-7"}
    assert (tee.vendor, tee.extra["cateProps"], tee.extra["货号"]) == ("耐克", cells["cateProps"], "A-7")
