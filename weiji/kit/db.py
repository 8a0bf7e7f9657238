"""The database: a pool of connections, transactions, and the count of statements behind every page's foot."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final, TypeVar

import asyncpg
import msgspec
from asyncpg.protocol import protocol
from msgspec import Struct

from weiji.kit import clock
from weiji.kit.arrays import CODECS
from weiji.kit.outage import Outage
from weiji.kit.sql import Statement

Row = asyncpg.Record
T = TypeVar("T")

RETRIES: Final = 5
"""How often a transaction that lost a race is run again."""

STATEMENT_SECONDS: Final = 60.0
"""How long a statement may take."""

ROLE: Final = "weiji_app"
"""What the running program may do: `migrations/` grants it, and no more."""

LOST_RACES: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.UniqueViolationError,
)
"""Failures that mean "somebody was faster": nothing was written, and the whole is worth another try."""

UNSTORABLE: Final = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
"""Failures that mean "a text has a character that no text here may have", such as U+0000: nothing was written."""

UNREACHABLE: Final = (
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,  # The disk is full, or it has no connection or memory to spare.
    asyncpg.AdminShutdownError,  # It is stopped, or somebody ends our connection.
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DatabaseDroppedError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.PostgresSystemError,  # Its disk fails.
    asyncpg.ReadOnlySQLTransactionError,  # Somebody else leads now, or its provider lets nobody write.
    asyncpg.IdleInTransactionSessionTimeoutError,  # We were stopped in the middle, and it waited for us long enough.
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # Its answer broke off.
)
"""Failures that mean "the database is away", or can't just now. What was asked may or may not have been done: the ids
tell. Other faults of the system, such as a file that can't be written, are not among them; nor is a statement that was
cancelled, as a server does that has a `statement_timeout`: it takes too long each time."""

_count: ContextVar["Counter | None"] = ContextVar("statements", default=None)


class Counter:
    """How many statements ran for one request."""

    __slots__ = ("statements",)

    def __init__(self) -> None:
        self.statements = 0


def count_statements() -> Counter:
    """Begin to count the statements of what runs from here on in this context."""
    counter = Counter()
    _count.set(counter)
    return counter


def statements() -> int:
    """Tell how many statements have run since `count_statements`, in this context."""
    counter = _count.get()
    return counter.statements if counter else 0


class Reader:
    """A connection that statements run on. Statements are prepared once for each connection.

    Each may take so many seconds: *patience* is for those that nobody waits for.
    """

    __slots__ = ("connection", "patience")

    def __init__(
        self, connection: "asyncpg.pool.PoolConnectionProxy[Row]", patience: float = STATEMENT_SECONDS
    ) -> None:
        self.connection = connection
        self.patience = patience

    async def rows(self, statement: Statement, *args: object) -> list[Row]:
        """Run a statement and take all its rows."""
        counter = _count.get()
        if counter:
            counter.statements += 1
        TOTAL.statements += 1
        return await self.connection.fetch(statement.text, *args, timeout=self.patience)

    async def row(self, statement: Statement, *args: object) -> Row | None:
        """Run a statement and take its first row."""
        rows = await self.rows(statement, *args)
        return rows[0] if rows else None

    async def value(self, statement: Statement, *args: object) -> Any:
        """Run a statement and take the first column of its first row; None where there is none."""
        rows = await self.rows(statement, *args)
        return rows[0][0] if rows else None

    async def run(self, statement: Statement, *args: object) -> None:
        """Run a statement for what it does."""
        await self.rows(statement, *args)


class Transaction(Reader):
    """An open transaction. The edge opens it, operations only use it.

    `now` is the time of everything that happens in it. `memory` outlives it: what this process knows of the database,
    and can tell to be true still. What is learnt in a transaction is put there by `committed`, called once it has.

    Where it `goes_on`, as in batches, `run` only sends its statement: the program thinks on while the database works,
    and the next statement, or the commit, waits for it and raises what became of it.
    """

    __slots__ = ("_sent", "committed", "goes_on", "memory", "now")

    def __init__(
        self,
        connection: "asyncpg.pool.PoolConnectionProxy[Row]",
        now: datetime,
        memory: dict[object, Any] | None = None,
        *,
        goes_on: bool = False,
    ) -> None:
        super().__init__(connection)
        self.now = now
        self.memory = {} if memory is None else memory
        self.committed: list[Callable[[], None]] = []
        self.goes_on = goes_on
        self._sent: asyncio.Task[list[Row]] | None = None

    async def rows(self, statement: Statement, *args: object) -> list[Row]:
        """Run a statement and take all its rows."""
        await self.arrive()
        return await super().rows(statement, *args)

    async def run(self, statement: Statement, *args: object) -> None:
        """Run a statement for what it does."""
        await self.arrive()
        if self.goes_on:
            self._sent = asyncio.create_task(super().rows(statement, *args))
            await asyncio.sleep(0)  # Else it would be sent when the program waits next.
        else:
            await super().rows(statement, *args)

    async def arrive(self) -> None:
        """Wait for the statement that was sent last, if any; raises what became of it."""
        sent, self._sent = self._sent, None
        if sent:
            await sent

    async def abandon(self) -> None:
        """Wait for the statement that was sent last, whatever becomes of it."""
        sent, self._sent = self._sent, None
        if sent:
            await asyncio.wait([sent])
            _ = sent.cancelled() or sent.exception()  # It is not missed: the transaction failed before.


TOTAL: Final = Counter()
"""Every statement of this process, BEGIN and COMMIT left out: the benches read it."""


# asyncpg asks of each element of an array whether it is an array, too, by way of `collections.abc`: a tenth of what a
# batch costs. To us, arrays are lists and tuples.
protocol.__dict__.update(IterableABC=(list, tuple), SizedABC=(list, tuple))


async def _prepare(connection: "asyncpg.Connection[Row]") -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
        format="binary",
    )
    settings = connection._protocol.get_settings()  # type: ignore[attr-defined]
    for name, oid, encode, decode in CODECS:  # `set_type_codec` itself takes no arrays.
        settings.add_python_codec(oid, name, "pg_catalog", [], "scalar", encode, decode, "binary")
    # Citus finds the nodes that a statement is for by its arguments, and refuses many of which it doesn't know them.
    await connection.execute(
        "select set_config('plan_cache_mode', 'force_custom_plan', false) from pg_extension where extname = 'citus'"
    )


class Database:
    """The pool of one process.

    Batches take five connections of a process at the most, subscribers and jobs two each; the others read. Statements
    use generic plans: the planner guesses ten rows for `unnest($1)`, which gives index look-ups whatever the length,
    where a custom plan was seen to scan.
    """

    def __init__(self, pool: "asyncpg.Pool[Row]") -> None:
        self.pool = pool
        self.memory: dict[object, Any] = {}
        self.outage = Outage()
        """Whether it is away. While it is, that is in the log; who meets it need not say so, too."""

    @classmethod
    async def connect(cls, url: str, *, connections: int = 8, role: str | None = ROLE) -> "Database":
        """Connect, as *role* if given. Raises what asyncpg raises if the database can't be reached."""
        settings = {
            "application_name": "weiji",
            "plan_cache_mode": "force_generic_plan",
            # A plan made while a queue was empty would scan it for ever, and be slow on the day that it is long.
            "enable_seqscan": "off",
            "jit": "off",
            "lock_timeout": "5s",
            "idle_in_transaction_session_timeout": "60s",
            "timezone": "UTC",
        }
        if role:
            settings["role"] = role
        pool = await asyncpg.create_pool(
            url,
            min_size=0,  # It would try to keep to more while the server is away, and log a traceback each time.
            max_size=connections,
            init=_prepare,
            server_settings=settings,
            command_timeout=STATEMENT_SECONDS,
            statement_cache_size=1_000,
            max_cached_statement_lifetime=0,
            # Nothing changes a connection's settings, listens on it or holds a lock past its transaction.
            reset=_nothing,
        )
        try:
            async with pool.acquire():
                return cls(pool)
        except BaseException:
            pool.terminate()
            raise

    async def close(self) -> None:
        """Close every connection."""
        await self.pool.close()

    @asynccontextmanager
    async def read(self, *, patience: float = STATEMENT_SECONDS) -> AsyncIterator[Reader]:
        """Lend a connection for statements that each stand alone."""
        with self._noted():
            connection = await self._acquire()
            try:
                yield Reader(connection, patience)
            finally:
                await self.pool.release(connection)

    @asynccontextmanager
    async def transaction(self, *, goes_on: bool = False) -> AsyncIterator[Transaction]:
        """Open a transaction that commits when the block ends, and rolls back when it raises."""
        with self._noted():
            connection = await self._acquire()
            try:
                tx = Transaction(connection, clock.now(), self.memory, goes_on=goes_on)
                async with connection.transaction():
                    try:
                        yield tx
                        await tx.arrive()
                    finally:
                        await tx.abandon()
                for learn in tx.committed:
                    learn()
            finally:
                await self.pool.release(connection)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Note whether the database was away."""
        try:
            yield
        except UNREACHABLE as error:
            self.outage.go_on(error)
            raise
        self.outage.end()

    async def _acquire(self) -> "asyncpg.pool.PoolConnectionProxy[Row]":
        """Borrow a connection. Raises ConnectionError where there is no way to the server, whatever is in it."""
        try:
            return await self.pool.acquire()
        except OSError as error:  # No such socket or host, no route.
            raise ConnectionError(str(error) or type(error).__name__) from error

    async def retried(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run *work* in a transaction of its own; run it again, a bounded number of times, where it lost a race."""
        for attempt in range(1, RETRIES + 1):
            try:
                async with self.transaction() as tx:
                    return await work(tx)
            except LOST_RACES:
                if attempt == RETRIES:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311
        raise AssertionError("unreachable")


async def _nothing(_: "asyncpg.Connection[Row]") -> None:
    """Skip the round trip with which asyncpg would reset a connection that is given back."""


def columns(items: Sequence[Struct], *names: str) -> list[list[Any]]:
    """Turn *items* into one list for each field named; all fields without names."""
    fields = names or (items[0].__struct_fields__ if items else ())
    return [[getattr(item, name) for item in items] for name in fields]
