"""Proves that the command for a terminal brings goods in, and says what it left out."""

import asyncio
from pathlib import Path
from uuid import UUID

from click.testing import CliRunner

from tests.porting.examples import goods_of
from tests.porting.test_runs import TEXT
from weiji.kit.db import Database
from weiji.porting.commands import import_goods as command
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
    missing = await asyncio.to_thread(CliRunner().invoke, command, [str(file), "--shop", "nobody"], obj=settings)
    assert missing.exit_code == 1
    assert "there is no shop nobody" in missing.stderr
