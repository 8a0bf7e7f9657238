"""Proves that goods which are written into a file, in any format, are read back as they were: import after export."""

from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.porting.goods import products
from weiji.catalog import Option
from weiji.porting.cells import read_safe, write_safe
from weiji.porting.readers import archive, open_goods
from weiji.porting.records import ProductRecord, SkuRecord
from weiji.porting.writers.goods import FORMATS, Where, header_of, rows_of


def _bare(product: object) -> ProductRecord:
    assert isinstance(product, ProductRecord), product
    return replace(product, line=1, rows=(1,), warnings=(), facts={})


def _file(source: str, goods: list[ProductRecord]) -> str:
    format = FORMATS[source]
    rows = [rows_of(format, product, Where(n, "https://weiji.test/p")) for n, product in enumerate(goods, 1)]
    return header_of(format) + "".join(rows)


def _read(text: str) -> tuple[str, list[ProductRecord]]:
    goods = open_goods(BytesIO(text.encode("utf-8-sig")))
    return goods.source, [_bare(item) for item in goods.items]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(products(), min_size=1, max_size=3, unique_by=lambda product: product.handle))
def test_goods_that_are_written_are_read_as_they_were(goods: list[ProductRecord]) -> None:
    """In every format, and in the archive: to think goods up takes longer than to write and read them."""
    for source in FORMATS:
        found, read = _read(_file(source, goods))
        assert found == source
        assert sorted(read, key=lambda each: each.handle) == sorted(goods, key=lambda each: each.handle), source
    lines = b"".join(archive.archived(product) for product in goods)
    assert [_bare(item) for item in archive.read(BytesIO(lines))] == goods


def test_an_archive_may_be_empty() -> None:
    assert list(archive.read(BytesIO())) == []


@given(st.text(max_size=20))
def test_a_cell_is_no_formula_and_is_read_as_it_was(text: str) -> None:
    assert write_safe(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert read_safe(write_safe(text)) == text


CUP = ProductRecord(
    line=1,
    rows=(1,),
    handle="cup",
    title="=杯",
    tags=("a,b",),
    options=(Option("颜色", ("青", "白")),),
    skus=(SkuRecord(choices=("青",), price=38_00, on_hand=3), SkuRecord(choices=("白",), price=42_50, on_hand=4)),
)


@pytest.mark.parametrize("source", FORMATS)
def test_what_somebody_changes_in_the_file_counts(source: str) -> None:
    text = _file(source, [CUP])
    assert "42.50" in text
    _, (read,) = _read(text.replace("42.50", "43.00").replace("'=杯", "壶"))
    assert (read.title, read.skus[1].price, read.tags) == ("壶", 43_00, ("a,b",))


def test_taobaos_numbers_go_back_to_where_they_came_from() -> None:
    told = "38.00:3::1627207:28338;20509:-7;42.50:4:K:1627207:28341;20509:-7;"
    extra = {"cid": "50011123", "skuProps": told, "postage_id": "77"}
    options = (Option("颜色", ("青", "白")), Option("尺码", ("均码",)))
    cup = replace(CUP, options=options, extra=extra, skus=tuple(
        replace(sku, choices=(*sku.choices, "均码"), code=code) for sku, code in zip(CUP.skus, ("", "K"), strict=True)
    ))  # fmt: skip
    version, names, labels, cells = _file("taobao", [cup]).splitlines()
    row = dict(zip(names.split("\t"), cells.split("\t"), strict=True))
    assert version == '"version 1.00"'
    assert labels.startswith('"宝贝名称"')
    assert [row[f'"{name}"'].strip('"') for name in ("cid", "postage_id", "skuProps", "propAlias")] == [
        "50011123", "77", told, "1627207:28338:青;1627207:28341:白;20509:-7:均码;",
    ]  # fmt: skip
    assert row['"num"'] == '"7"'
