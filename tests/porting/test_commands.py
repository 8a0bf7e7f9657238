"""Proves that the command for a terminal brings goods in, and says what it left out."""

import asyncio
import csv
from io import StringIO
from pathlib import Path
from uuid import UUID

from click.testing import CliRunner

from tests.porting.examples import goods_of, undo
from tests.porting.test_pictures import PICTURES, own, packed
from tests.porting.test_runs import TEXT
from tests.porting.workbooks import workbook
from weiji.catalog import ProductState
from weiji.kit.db import Database
from weiji.porting.commands import import_goods as command
from weiji.porting.store import get_runs_of_shop
from weiji.settings import Settings
from weiji.shops import get_shops


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
    given = [str(file), "--shop", shop.handle]
    trial = await asyncio.to_thread(CliRunner().invoke, command, [*given, "--dry-run"], obj=settings)
    assert trial.stdout == "would be made 2, updated 0, unchanged 0; problems 2\n"
    assert await goods_of(database, shop_id) == {}
    result = await asyncio.to_thread(CliRunner().invoke, command, given, obj=settings)
    assert result.stdout == "made 2, updated 0, unchanged 0; problems 2\n"
    assert "line 5 (bad): invalid_price: variant price «1,9»\n" in result.stderr
    assert result.exit_code == 1
    assert (await goods_of(database, shop_id)).keys() == {"cup", "pot"}
    sheet = tmp_path / "goods.xlsx"
    sheet.write_bytes(workbook({"商品": list(csv.reader(StringIO(TEXT)))}))
    again = await asyncio.to_thread(CliRunner().invoke, command, [str(sheet), "--shop", shop.handle], obj=settings)
    assert again.stdout == "made 0, updated 0, unchanged 2; problems 2\n", again.output
    missing = await asyncio.to_thread(CliRunner().invoke, command, [str(file), "--shop", "nobody"], obj=settings)
    assert missing.exit_code == 1
    assert "there is no shop nobody" in missing.stderr


async def test_the_command_brings_pictures_along_as_a_run_that_can_be_undone(
    database: Database, database_url: str, shop_id: UUID, tmp_path: Path
) -> None:
    file = tmp_path / "八月.zip"
    file.write_bytes(packed(**PICTURES))
    async with database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
    assert shop
    settings = Settings(database_url=database_url, data=tmp_path)
    given = [str(file), "--shop", shop.handle, "--origin", "旧店", "--pictures"]
    result = await asyncio.to_thread(CliRunner().invoke, command, given, obj=settings)
    assert result.stdout == "made 2, updated 0, unchanged 0; problems 2; pictures taken 4, missed 1\n", result.output
    goods = await goods_of(database, shop_id)
    assert goods.keys() == {"旧店-taobao-77", "旧店-taobao-78"}
    assert own(goods["旧店-taobao-78"])
    async with database.read() as reader:
        (run,) = await get_runs_of_shop(reader, shop_id, None, 9)
    assert (run.name, run.origin, run.pictures_taken) == ("八月.zip", "旧店", 4)
    await undo(database, run.id, shop_id)
    assert {product.state for product in (await goods_of(database, shop_id)).values()} == {ProductState.WITHDRAWN}
