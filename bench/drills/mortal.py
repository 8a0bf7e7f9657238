"""Connections of a program that may be killed anywhere, and that the next one takes over."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import asyncpg

from weiji.kit.db import Database, Row

if TYPE_CHECKING:
    Lent = asyncpg.pool.PoolConnectionProxy[Row]


class MortalConnection:
    """A connection on which its borrower sends nothing any more, once it is dead."""

    def __init__(self, connection: "Lent", pool: "MortalPool") -> None:
        self.lent = connection
        self._pool = pool

    def __getattr__(self, name: str) -> Any:
        self._pool.assert_alive()
        return getattr(self.lent, name)


class MortalPool:
    """The part of a pool that one program uses, until it dies.

    It lends nothing any more then, and on what it has lent nothing more is sent: PostgreSQL ends what it is doing, and
    rolls back, or has just committed. So whatever goes on in a task that nobody stopped comes to no harm. Connections
    are the next program's, since a new one has to plan every statement first; they are cut, should PostgreSQL have to
    find that out by itself.
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

    async def acquire(self) -> MortalConnection:
        """Lend a connection, as a pool does."""
        self.assert_alive()
        connection = await self._take()
        if self.is_dead:
            await self.pool.release(connection)
        self.assert_alive()
        self._lent.add(connection)
        return MortalConnection(connection, self)

    async def release(self, given_back: MortalConnection) -> None:
        """Take a connection back."""
        self._lent.discard(given_back.lent)
        await self.pool.release(given_back.lent)
        self.returned += 1
        if self.returned == self.dies_after:
            self._die()

    async def _take(self) -> "Lent":
        # One that is half made is made all the same, for the next: uvloop, as it closes, would wait for it for ever.
        taking = asyncio.ensure_future(self.pool.acquire())
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            taking.add_done_callback(lambda taken: asyncio.ensure_future(self.pool.release(taken.result())))
            raise

    def assert_alive(self) -> None:
        """Refuse a dead program."""
        if self.is_dead:
            raise asyncpg.InterfaceError("killed")

    def break_off(self, *, is_cut: bool) -> int:
        """Lend nothing from now on, and break off what is lent; return how many that were."""
        self.is_dead = True
        if is_cut:
            for connection in self._lent:
                connection.terminate()
        return len(self._lent)
