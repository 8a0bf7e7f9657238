"""Proves that tests which have a database after each other find it as the template is."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.databases import TABLES, Kept, copied
from tests.identity.people import make_people
from weiji.kit.db import Database


@pytest.fixture
async def own(server_url: str, template: str) -> AsyncIterator[Kept]:
    database = Kept(server_url, template, "own")
    yield database
    await database.drop()


async def read_all(url: str) -> dict[str, list[str]]:
    """Read every row of every table."""
    connection = await asyncpg.connect(url)
    rows = {
        table: [row["text"] for row in await connection.fetch(f"select t::text as text from {table} t order by 1")]  # noqa: S608
        for table, _ in await connection.fetch(TABLES)
    }
    await connection.close()
    return rows


async def test_what_a_test_wrote_is_gone_and_what_it_took_is_back(own: Kept, server_url: str, template: str) -> None:
    first = await own.lend()
    database = own.open()
    async with database.transaction() as tx:
        await make_people(tx, 3)
    connection = await asyncpg.connect(first)
    await connection.execute("delete from ledger.heads")
    await connection.execute("update orders.rules set reason = 'another'")
    await own.give_back()
    assert await own.lend() == first
    async with copied(server_url, template, "as_it_is") as url:
        assert await read_all(first) == await read_all(url)
    with pytest.raises(asyncpg.InterfaceError):
        await database.pool.fetchval("select 1")
    with pytest.raises((asyncpg.InterfaceError, asyncpg.PostgresError)):  # Whoever had it as well is gone.
        await connection.fetchval("select 1")


@pytest.mark.parametrize(
    "change",
    [
        "create table public.more (id int)",
        "create index on orders.orders (total)",
        "alter table orders.orders add column more int",
        "drop function kit.shard_of cascade",
        "alter table orders.lines drop constraint lines_pkey",
        "drop table orders.lines cascade",
    ],
)
async def test_whoever_changes_tables_leaves_another_database(own: Kept, change: str) -> None:
    first = await own.lend()
    connection = await asyncpg.connect(first)
    await connection.execute(change)
    await connection.close()
    await own.give_back()
    assert await own.lend() != first


async def test_whoever_gives_nothing_back_leaves_another_database(own: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.databases.PATIENCE", 0.05)
    first = await own.lend()
    database: Database = own.open()
    goes_on = asyncio.Event()

    async def work() -> None:
        async with database.transaction():
            await goes_on.wait()

    working = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    await own.give_back()
    assert await own.lend() != first
    goes_on.set()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await working
