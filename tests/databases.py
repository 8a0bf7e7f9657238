"""Databases of the test server: names, copies, and one that tests have after each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, Final, cast
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from weiji.kit.db import Database


def with_name(url: str, name: str) -> str:
    """Name another database of the same server."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


@asynccontextmanager
async def copied(server_url: str, template: str, suffix: object) -> AsyncIterator[str]:
    """Copy a database under its name and a suffix; give the copy's address. Copied as files, it takes half the time."""
    name = f"{template}_{suffix}"
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f"create database {name} template {template} strategy file_copy")
        yield with_name(server_url, name)
        await connection.execute(f"drop database {name} with (force)")
    finally:
        await connection.close()


TABLES: Final = """
select c.oid::regclass::text as name,
  (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute a
   where a.attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
from pg_class c
where relkind = 'r' and relpersistence <> 't'
  and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
order by name"""

MADE: Final = """
select array[
  (select sum(xmin::text::bigint) from pg_class where oid >= 16384 and relpersistence <> 't'),
  (select sum(a.xmin::text::bigint) from pg_attribute a join pg_class c on c.oid = a.attrelid
   where a.attrelid >= 16384 and relpersistence <> 't'),
  (select sum(xmin::text::bigint) from pg_proc where oid >= 16384 and pronamespace <> pg_my_temp_schema()),
  (select sum(xmin::text::bigint) from pg_trigger),
  (select sum(xmin::text::bigint) from pg_constraint where conrelid >= 16384)]"""
"""Changes with whatever is created, altered or dropped."""

OTHERS: Final = """
select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> all ($1)"""

ROWS_MAX: Final = 20_000
"""A test that left more has a new database made: what is deleted stays in the files for a while."""

PATIENCE: Final = 10
"""Seconds that whoever works on after a test has, to give back what it was lent."""


class Lent:
    """The pool of a kept database, while one test has it: what goes on after the test gets nothing more."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self.is_over = False

    def __getattr__(self, name: str) -> Any:
        if self.is_over:
            raise asyncpg.InterfaceError("pool is closed")
        return getattr(self._pool, name)

    async def close(self) -> None:
        """Wait until everything was given back."""
        self.is_over = True
        async with asyncio.timeout(PATIENCE):
            while self._pool.get_size() > self._pool.get_idle_size():  # noqa: ASYNC110 - Pools tell nobody.
                await asyncio.sleep(0.002)


class Kept:
    """A database that tests have one after the other, each as if it was new.

    A new one takes a tenth of a second to copy, and each connection some 10 ms for each statement until it has seen
    the tables and planned it: with the connections kept, a test takes half the time. What a test wrote is deleted, and
    what the template has put back. A test that changed tables themselves has another database made for the next.
    """

    def __init__(self, server_url: str, template: str, suffix: str = "kept") -> None:
        self._server_url = server_url
        self._template = template
        self._suffix = suffix
        self._numbers = count(1)
        self._name: str | None = None
        self._lent: list[Lent] = []

    async def lend(self) -> str:
        """Give the address of a database as the template is."""
        if self._name is None:
            await self._make()
        assert self._name
        return with_name(self._server_url, self._name)

    def open(self) -> Database:
        """Connect as whoever has the database now."""
        lent = Lent(self._pool)
        self._lent.append(lent)
        return Database(cast("asyncpg.Pool[Any]", lent))

    async def connect(self, url: str, **options: Any) -> Database:
        """Stand in for `Database.connect` in a test's first program, which has the connections that are there."""
        is_first = self._name is not None and url == with_name(self._server_url, self._name) and not self._lent
        return self.open() if is_first else await Database.connect(url, **options)

    async def give_back(self) -> None:
        """Make it as it was, or have it made anew."""
        try:
            for lent in self._lent:
                await lent.close()
            self._lent = []
            if not await self._restore():
                await self.drop()
        except (TimeoutError, OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
            await self.drop()

    async def _make(self) -> None:
        name = f"{self._template}_{self._suffix}_{next(self._numbers)}"
        connection = await asyncpg.connect(self._server_url)
        await connection.execute(f"create database {name} template {self._template} strategy file_copy")
        await connection.close()
        url = with_name(self._server_url, name)
        self._name, self._pool = name, (await Database.connect(url, connections=12)).pool
        self._own = own = await asyncpg.connect(url)
        await own.execute("set session_replication_role = replica")  # No trigger refuses, or writes.
        steps = []  # The names in them are from the catalogue.
        for number, (table, columns) in enumerate(await own.fetch(TABLES)):
            steps += [f"delete from {table}", "get diagnostics n = row_count", "total = total + n"]  # noqa: S608
            if await own.fetchval(f"select exists (select from {table})"):  # noqa: S608
                await own.execute(f"create temp table kept_{number} as table {table}")
                there = f"select {columns} from kept_{number}"  # noqa: S608
                steps.append(f"insert into {table} ({columns}) overriding system value {there}")
        body = f"declare n bigint; total bigint = 0; begin {'; '.join(steps)}; return total; end"
        await own.execute(f"create function pg_temp.restore() returns bigint language plpgsql as $${body}$$")
        self._made = await own.fetchval(MADE)

    async def _restore(self) -> bool:
        """Delete what was written, and put back what was there; tell whether the database may be lent again."""
        pids = [self._own.get_server_pid()]
        pids += [holder._con.get_server_pid() for holder in self._pool._holders if holder._con]
        await self._own.fetchval(OTHERS, pids)
        if await self._own.fetchval(MADE) != self._made:
            return False
        return await self._own.fetchval("select pg_temp.restore()") < ROWS_MAX

    async def drop(self) -> None:
        """Drop it: another is made when one is wanted."""
        name, self._name, self._lent = self._name, None, []
        if name is None:
            return
        self._pool.terminate()
        self._own.terminate()
        connection = await asyncpg.connect(self._server_url)
        await connection.execute(f"drop database {name} with (force)")
        await connection.close()
