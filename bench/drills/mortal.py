"""Connections of a program that may be killed anywhere, and of which the next one takes over what was idle."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import asyncpg

from weiji.kit.db import Database, Row

if TYPE_CHECKING:
    Lent = asyncpg.pool.PoolConnectionProxy[Row]


class MortalPool:
    """The part of a pool that one program uses, until it dies.

    What it has lent breaks off then, wherever it is: PostgreSQL rolls back, or has just committed. It lends nothing any
    more, so whatever goes on in a task that nobody stopped comes to no harm. What was idle is the next program's: a
    connection keeps nothing beyond its transaction, and a new one would first have to plan every statement.
    """

    def __init__(self, pool: "asyncpg.Pool[Row]", dies_after: int | None, die: Callable[[], object]) -> None:
        """Lend of *pool*. *die* is called as soon as *dies_after* connections came back: what they did stands."""
        self.pool = pool
        self.dies_after = dies_after
        self.is_dead = False
        self.returned = 0
        self._die = die
        self._lent: set[Lent] = set()

    def database(self) -> Database:
        """Give the database that a program knows, with a memory of its own."""
        return Database(cast("asyncpg.Pool[Row]", self))

    @asynccontextmanager
    async def acquire(self) -> "AsyncIterator[Lent]":
        """Lend a connection, as a pool does."""
        self._assert_alive()
        async with self.pool.acquire() as connection:
            self._assert_alive()
            self._lent.add(connection)
            try:
                yield connection
            finally:
                self._lent.discard(connection)
        self.returned += 1
        if self.returned == self.dies_after:
            self._die()

    def _assert_alive(self) -> None:
        if self.is_dead:
            raise asyncpg.InterfaceError("killed")

    def break_off(self) -> int:
        """Lend nothing from now on, and break off what is lent; return how many that were."""
        self.is_dead = True
        for connection in self._lent:
            connection.terminate()
        return len(self._lent)
