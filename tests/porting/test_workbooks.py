"""Proves of workbooks that a sheet reads as the same table of text does, and that none takes more than there is."""

import csv
import zipfile
from collections.abc import Sequence
from datetime import date
from io import BytesIO, StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.porting.examples import SAMPLES, read_goods
from tests.porting.workbooks import altered, part_of, with_strings, workbook
from weiji.porting import workbooks
from weiji.porting.encodings import open_text, sniff_encoding
from weiji.porting.packages import Package
from weiji.porting.records import Fault, Item, ProductRecord, Refusal
from weiji.porting.workbooks import Workbook

HEADER = ["Handle", "Title", "Option1 Name", "Option1 Value", "Variant Price", "Variant Barcode", "Variant Grams", "x"]
GOODS = with_strings([HEADER, ["mug", "杯", "", "", "38"]])


def _told(items: list[Item]) -> list[Item]:
    """Leave out at which lines: those of a table of text are others where a cell has several."""
    found: list[Item] = []
    for item in items:
        assert isinstance(item, ProductRecord | Refusal)
        found.append(
            replace(item, line=0, rows=(), warnings=tuple(replace(each, line=0) for each in item.warnings))
            if isinstance(item, ProductRecord)
            else replace(item, line=0, rows=(), problems=tuple(replace(each, line=0) for each in item.problems))
        )
    return found


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.glob("*.[ct]sv")))
def test_a_sheet_reads_as_the_same_table_of_text(sample: str) -> None:
    data = (SAMPLES / sample).read_bytes()
    encoding = sniff_encoding(BytesIO(data))
    assert encoding
    text = open_text(BytesIO(data), encoding).read()
    rows = list(csv.reader(StringIO(text, newline=""), delimiter="\t" if text[:300].count("\t") > 3 else ","))
    goods, items = read_goods(workbook({"商品": rows}))
    plain, expected = read_goods(data)
    assert (goods.source, goods.reading and goods.reading.encoding) == (plain.source, "XLSX")
    assert _told(items) == _told(expected)
    assert sorted(row for item in items for row in _rows(item)) == sorted(
        {row for item in items for row in _rows(item)}
    )


def _rows(item: Item) -> Sequence[int]:
    assert isinstance(item, ProductRecord | Refusal)
    return item.rows


def test_cells_are_what_they_show_and_rows_keep_their_numbers() -> None:
    rows: list[list[object]] = [
        ["请按说明填写"],
        HEADER,
        [],
        ["mug", "两行\n说明", "大小", "大", 19.9, 6901234567892, 1.225, date(2026, 1, 2)],
        ["mug", None, None, 2.0, 0.1 + 0.2, None, True, "_x000D_"],
        [],
        ["bad", "坏", None, None, "#REF!"],
    ]
    _, items = read_goods(workbook({"说明": [["怎样填"]], "商品": rows, "旧的": [HEADER, ["old"]]}))
    mug, bad, passed = items
    assert isinstance(mug, ProductRecord)
    assert isinstance(bad, Refusal)
    assert isinstance(passed, Refusal)
    assert (mug.title, mug.rows, mug.skus[0].barcode, mug.extra["x"]) == (
        "两行 说明",
        (4, 5),
        "6901234567892",
        "2026-01-02",
    )
    assert [(sku.choices, sku.price, sku.weight_grams) for sku in mug.skus] == [(("大",), 1990, 1), (("2",), 30, 0)]
    assert [(problem.line, problem.fault, problem.value) for problem in bad.problems] == [
        (7, Fault.INVALID_PRICE, "#REF!")
    ]
    assert [(problem.fault, problem.value) for problem in passed.problems] == [(Fault.FILE_NOT_READ, "旧的")]


def test_what_is_hidden_is_not_read_and_what_is_zipped_with_pictures_is() -> None:
    rows = [HEADER, ["mug", "杯", None, None, 38]]
    goods, _ = read_goods(workbook({"目录": [["没有商品"]], "藏": rows}, hidden=["藏"]))
    assert goods.problem
    assert (goods.problem.fault, goods.problem.value) == (Fault.NO_HEADER, "没有商品")
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("店/商品.xlsx", workbook({"Sheet1": rows}))
        package.writestr("店/a.jpg", b"a picture")
    goods, (mug,) = read_goods(target.getvalue())
    assert isinstance(mug, ProductRecord)
    assert (goods.source, mug.handle) == ("shopify", "mug")


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), _TEXTS, st.integers(-(10**9), 10**12)), max_size=5), max_size=5))
def test_every_cell_of_a_sheet_is_written_as_it_is(rows: list[list[object]]) -> None:
    book = Workbook(Package(BytesIO(workbook({"Sheet1": rows}))))
    with book.text_of("Sheet1") as text:
        written = list(csv.reader(StringIO(text.read().decode(), newline="")))
    expected = [["" if value is None else str(value) for value in row] for row in rows]
    trimmed = [_trimmed(row) for row in expected]
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    assert [_trimmed(row) for row in written[: len(trimmed)]] == trimmed
    assert not any(_trimmed(row) for row in written[len(trimmed) :])


def _trimmed(row: list[str]) -> list[str]:
    return row[: max((n + 1 for n, cell in enumerate(row) if cell), default=0)]


@pytest.mark.parametrize(
    "limit", ["SHEET_MAX", "STRINGS_MAX", "PART_MAX", "TAGS_MAX", "SIGNS_MAX", "ROWS_MAX", "CELLS_MAX", "UNPACKED_MAX"]
)
def test_a_workbook_that_takes_too_much_is_refused(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    assert read_goods(GOODS)[0].problem is None
    monkeypatch.setattr(workbooks, limit, 1)
    goods, items = read_goods(GOODS)
    assert goods.problem
    assert (goods.problem.fault, items) == (Fault.PACKAGE_TOO_LARGE, [])


def test_a_text_that_a_thousand_cells_repeat_grows_no_further_than_a_file_may(monkeypatch: pytest.MonkeyPatch) -> None:
    data = with_strings([HEADER, *[["mug", "杯" * 1_000]] * 200])
    monkeypatch.setattr(workbooks, "UNPACKED_MAX", 100_000)
    goods, _ = read_goods(data)
    assert goods.problem
    assert goods.problem.fault is Fault.PACKAGE_TOO_LARGE


def test_a_row_that_is_far_below_keeps_its_number_and_one_below_all_sheets_is_refused() -> None:
    far = part_of(GOODS).replace(b'r="2"', b'r="70000"')
    _, (mug,) = read_goods(altered(GOODS, sheet=far))
    assert isinstance(mug, ProductRecord)
    assert mug.rows == (70_000,)
    goods, _ = read_goods(altered(GOODS, sheet=far.replace(b"70000", b"7000000000")))
    assert goods.problem
    assert goods.problem.fault is Fault.PACKAGE_TOO_LARGE


def _renamed(data: bytes, old: str, new: str) -> bytes:
    """Call a part otherwise, wherever a workbook names it."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(target, "w") as package:
        for name in source.namelist():
            package.writestr(name.replace(old, new), source.read(name).replace(old.encode(), new.encode()))
    return target.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("sharedStrings.xml", "texts.bin", Fault.BROKEN_PACKAGE),
        ("sharedStrings.xml", "texts.xml", Fault.BROKEN_PACKAGE),
        ("xl/sharedStrings.xml", "__MACOSX/sharedStrings.xml", Fault.BROKEN_PACKAGE),
        ("xl/workbook.xml", "xl/worksheets/book.xml", Fault.BROKEN_PACKAGE),
        ("worksheets/sheet1.xml", "worksheets/sheet1.bin", Fault.NO_FILE_OF_GOODS),
        ('/worksheet"', '/chartsheet"', Fault.NO_FILE_OF_GOODS),
    ],
)
def test_a_part_is_opened_only_as_what_it_was_measured_as(old: str, new: str, fault: Fault) -> None:
    goods, items = read_goods(_renamed(GOODS, old, new))
    assert goods.problem
    assert (goods.problem.fault, items) == (fault, [])


@pytest.mark.parametrize("between", [b"<row/><a/><a/>", b'<o:row xmlns:o="o"/>'])
def test_what_stays_in_memory_between_rows_is_counted(monkeypatch: pytest.MonkeyPatch, between: bytes) -> None:
    monkeypatch.setattr(workbooks, "TAGS_MAX", 1_000)
    sheet, end = part_of(GOODS), b"</sheetData>"
    assert read_goods(altered(GOODS, sheet=sheet.replace(end, b"<row/>" * 2_000 + end)))[0].problem is None
    goods, _ = read_goods(altered(GOODS, sheet=sheet.replace(end, between * 2_000 + end)))
    assert goods.problem
    assert goods.problem.fault is Fault.PACKAGE_TOO_LARGE


def test_a_sheet_that_lies_where_none_should_is_counted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "TAGS_MAX", 1_000)
    book = workbook({"商品": [HEADER, ["mug", "杯", None, None, 38]], "更多": [["x"]] * 400})
    assert read_goods(book)[0].problem is None
    goods, items = read_goods(_renamed(book, "worksheets/sheet2.xml", "elsewhere/sheet2.xml"))
    assert goods.problem
    assert (goods.problem.fault, items) == (Fault.PACKAGE_TOO_LARGE, [])
    # What is never opened is not counted, and whoever calls a sheet so has none.
    goods, items = read_goods(_renamed(book, "worksheets/sheet2.xml", "pivotCache/sheet2.xml"))
    assert goods.problem is None
    assert len(items) == 1


def test_what_is_no_workbook_any_more_is_told_of() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + part_of(GOODS)
    for data in (
        altered(GOODS, sheet=part_of(GOODS)[:-40]),
        altered(GOODS, sheet=part_of(GOODS).replace(b"<v>0</v>", b"<v>99</v>")),
        altered(GOODS, sheet=bomb),
        altered(GOODS, strings=b"no xml"),
    ):
        goods, items = read_goods(data)
        assert goods.problem
        assert (goods.problem.fault, items) == (Fault.BROKEN_PACKAGE, [])
    goods, _ = read_goods(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert goods.problem
    assert goods.problem.fault is Fault.WORKBOOK_TOO_OLD


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_workbook_breaks_a_reader(data: st.DataObject) -> None:
    sheet = part_of(GOODS)
    at, to = sorted(data.draw(st.integers(0, len(sheet))) for _ in range(2))
    pieces = st.sampled_from(
        [b"", b"<row>", b"</row>", b'<c r="ZZ9">', b't="d"', b't="b"', b"<v>1e400</v>", b"-1", b"9" * 30]
    )
    other = sheet[:at] + data.draw(pieces) + sheet[to if data.draw(st.booleans()) else at :]
    goods, items = read_goods(altered(GOODS, sheet=other))
    assert all(isinstance(item, ProductRecord | Refusal) for item in items)
    assert goods.problem or goods.source
