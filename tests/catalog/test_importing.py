"""Proves that an import makes the goods of a file once, however often it is run, and tells what it left out."""

import asyncio
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

from tests.catalog.examples import opened_shop
from weiji.catalog import get_goods_for_merchant, get_product_page
from weiji.catalog.commands import import_goods as command
from weiji.catalog.importing import ImportReport, import_goods
from weiji.catalog.records import Fault
from weiji.catalog.shopify import SOURCE, read_products
from weiji.events import BY_SYSTEM, outbox
from weiji.inventory import MoveKind, SetStock, StockMove, move_stock, set_stock
from weiji.kit.db import Database
from weiji.kit.ids import derive, new_id
from weiji.settings import Settings
from weiji.shops import get_shops

FILE = """\
Handle,Title,Type,Option1 Name,Option1 Value,Variant Price,Variant Inventory Qty
cup,杯,茶具,颜色,青,38,5
cup,,,,白,42.50,6
pot,壶,茶具,Title,Default Title,198,2
bad,坏,茶具,Title,Default Title,"1,9",2
long,{long},茶具,Title,Default Title,1,2
"""
TEXT = FILE.format(long="长" * 256)


async def _import(database: Database, shop_id: UUID, text: str = TEXT, *, is_dry_run: bool = False) -> ImportReport:
    records = read_products(BytesIO(text.encode()))
    return await import_goods(database, shop_id, SOURCE, records, BY_SYSTEM, is_dry_run=is_dry_run)


@pytest.fixture
async def shop_id(database: Database) -> UUID:
    async with database.transaction() as tx:
        return await opened_shop(tx)


async def _stock(database: Database, shop_id: UUID) -> list[tuple[str, tuple[str, ...], int, int]]:
    async with database.read() as reader:
        page = await get_product_page(reader, derive(shop_id, SOURCE, "cup"))
    assert page
    return [(page.title, sku.choices, sku.price, sku.on_hand) for sku in page.skus]


async def test_goods_are_made_with_their_stock_and_the_faulty_told_of(database: Database, shop_id: UUID) -> None:
    report = await _import(database, shop_id)
    assert (report.made, report.updated, report.unchanged) == (2, 0, 0)
    assert [(problem.line, problem.fault, problem.value) for problem in report.skipped] == [
        (5, Fault.INVALID_PRICE, "1,9"),
        (6, Fault.NOT_SAVED, "invalid_title"),
    ]
    assert await _stock(database, shop_id) == [("杯", ("青",), 38_00, 5), ("杯", ("白",), 42_50, 6)]


async def test_importing_again_changes_nothing(database: Database, shop_id: UUID) -> None:
    await _import(database, shop_id)
    async with database.read() as reader:
        before = await outbox.get_events(reader, shop_id, 0, 99)
        page = await get_product_page(reader, derive(shop_id, SOURCE, "cup"))
    assert page
    line = ((page.skus[0].id, 2),)
    async with database.transaction() as tx:
        for kind in (MoveKind.HOLD, MoveKind.TAKE):
            await move_stock(tx, [StockMove(order_id=new_id(shop_id), kind=kind, lines=line)])
    report = await _import(database, shop_id)
    assert (report.made, report.updated, report.unchanged) == (0, 0, 2)
    assert [row[3] for row in await _stock(database, shop_id)] == [3, 6]
    async with database.read() as reader:
        assert await outbox.get_events(reader, shop_id, 0, 99) == before


async def test_a_changed_file_changes_the_goods_and_counts_only_new_skus(database: Database, shop_id: UUID) -> None:
    await _import(database, shop_id)
    async with database.read() as reader:
        page = await get_product_page(reader, derive(shop_id, SOURCE, "cup"))
    assert page
    setting = SetStock(sku_id=page.skus[0].id, shop_id=shop_id, on_hand=1, actor=BY_SYSTEM)
    async with database.transaction() as tx:
        await set_stock(tx, [setting])
    text = TEXT.replace("青,38,5", "青,39,5").replace("白,42.50,6", "黑,42.50,9")
    report = await _import(database, shop_id, text)
    assert (report.made, report.updated, report.unchanged) == (0, 1, 1)
    assert await _stock(database, shop_id) == [("杯", ("青",), 39_00, 1), ("杯", ("黑",), 42_50, 9)]


async def test_a_dry_run_says_what_would_be_and_keeps_nothing(database: Database, shop_id: UUID) -> None:
    report = await _import(database, shop_id, is_dry_run=True)
    assert (report.made, len(report.skipped)) == (2, 2)
    async with database.read() as reader:
        assert (await get_goods_for_merchant(reader, shop_id)).goods == ()


async def test_two_shops_may_have_the_same_goods(database: Database, shop_id: UUID) -> None:
    await _import(database, shop_id)
    async with database.transaction() as tx:
        other_id = await opened_shop(tx)
    assert (await _import(database, other_id)).made == 2


async def test_the_command_imports_and_says_so(
    database: Database, database_url: str, shop_id: UUID, tmp_path: Path
) -> None:
    file = tmp_path / "goods.csv"
    file.write_text(TEXT, "utf-16")
    async with database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
    assert shop
    settings = Settings(database_url=database_url)
    # In a thread: the command brings its own event loop.
    result = await asyncio.to_thread(CliRunner().invoke, command, [str(file), "--shop", shop.handle], obj=settings)
    assert result.stdout == "made 2, updated 0, unchanged 0; problems 2\n"
    assert "line 5 (bad): invalid_price: variant price «1,9»\n" in result.stderr
    assert result.exit_code == 1
    missing = await asyncio.to_thread(CliRunner().invoke, command, [str(file), "--shop", "nobody"], obj=settings)
    assert missing.exit_code == 1
    assert "there is no shop nobody" in missing.stderr
