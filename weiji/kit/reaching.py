"""The way to the database: the one that is named, or the embedded one, started for the while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import CalledProcessError, SubprocessError
from typing import Final

import asyncpg
import structlog

from weiji.kit import migrate
from weiji.kit.db import Database
from weiji.kit.embedded import STARTING_SECONDS_MAX, EmbeddedDatabase, OfAnotherUser

CONNECTING_SECONDS_MAX: Final = 10.0

LOOK_EVERY: Final = 5.0
"""Seconds between two looks whether the embedded database still runs."""

RECOVERED_EVERY: Final = 0.2
"""Seconds between two looks whether it has recovered."""

REVIVE_EVERY: Final = 30.0
"""Seconds until one that would not start is started again: as a rule somebody has to make room first."""

log = structlog.get_logger("weiji")

NO_DATABASE: Final = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    RuntimeError,
    SubprocessError,
    TimeoutError,
    ValueError,
)
"""What comes of a server that is away, an address that is none, a folder that can't be written to."""


class CannotStart(Exception):
    """The program can't start: what is wrong, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}. {mend}")
        self.what = what
        self.mend = mend


@asynccontextmanager
async def reach_database(url: str | None, data: Path) -> AsyncIterator[str]:
    """Give the address of the database at *url*, else of the embedded one in *data*, once it answers.

    The embedded one runs meanwhile: where it ends, it is started again. Raises CannotStart.
    """
    embedded: EmbeddedDatabase | None = None
    keeping: asyncio.Task[None] | None = None
    try:
        try:
            if url is None:
                embedded = await asyncio.to_thread(EmbeddedDatabase, data)
            address = embedded.url if embedded else str(url)
            connection = await asyncpg.connect(address, timeout=CONNECTING_SECONDS_MAX)
            try:
                if embedded:
                    await _has_recovered(connection)
            finally:
                await connection.close()
        except OfAnotherUser as error:
            raise CannotStart(
                f"the embedded database in {data} does not start: {error}",
                f"Run weiji as {error.owner}: `runuser -u {error.owner} -- …`; or give the files to whom it runs as:"
                f" `chown -R {error.user} {data}/postgres`.",
            ) from error
        except NO_DATABASE as error:
            raise _no_database(url, data, error) from error
        if embedded:
            keeping = asyncio.create_task(_keep_up(embedded), name="embedded database")
        try:
            yield address
        except asyncpg.InsufficientPrivilegeError as error:
            raise CannotStart(
                f"the database refuses: {error}",
                "Let weiji connect as the database's owner: see docs/operating/database.md.",
            ) from error
        except asyncpg.ReadOnlySQLTransactionError as error:
            raise CannotStart(
                "the database lets nobody write: it recovers still, or follows another",
                "Wait until it has recovered, or let WEIJI_DATABASE_URL name the server that is written to.",
            ) from error
    finally:
        if keeping:
            keeping.cancel()
            await asyncio.wait([keeping])
        if embedded:
            await asyncio.to_thread(embedded.stop)


async def _has_recovered(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Wait until a server that goes to a point in time is there: until then it can be read, and not written to."""
    async with asyncio.timeout(STARTING_SECONDS_MAX):
        while await connection.fetchval("select pg_is_in_recovery()"):  # noqa: ASYNC110 - It tells nobody.
            await asyncio.sleep(RECOVERED_EVERY)


async def _keep_up(embedded: EmbeddedDatabase) -> None:
    """Start the embedded server again where it has ended: nobody else does, and we would answer 503 for ever."""
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            if await asyncio.to_thread(embedded.revive):
                log.warning("the embedded database had ended, and runs again")
        except (*NO_DATABASE, AssertionError) as error:  # The last: of what it says of itself, half is written.
            log.error("the embedded database has ended, and does not start", error=_why(error))
            await asyncio.sleep(REVIVE_EVERY)
        except Exception:  # Of a process that ends while it is looked at. The next look sees more.
            log.exception("the embedded database was not looked at")


async def must_be_migrated(address: str, *, wholly: bool = False) -> None:
    """Make sure that the database has what this program needs. Raises CannotStart.

    It needs no post-migration: those are run when all processes of the program before are gone. What these would not
    live with has the database be migrated *wholly*.
    """
    if missing := [each for each in await migrate.get_missing(address) if wholly or each.phase == "pre"]:
        raise CannotStart(
            f"{len(missing)} migrations are missing, the first is {missing[0].number:04} ({missing[0].name})",
            "Run `weiji migrate`.",
        )


@asynccontextmanager
async def open_database(url: str | None, data: Path) -> AsyncIterator[Database]:
    """Give the database to a command that needs nothing else of the program. Raises CannotStart."""
    async with reach_database(url, data) as address:
        await must_be_migrated(address)
        database = await Database.connect(address)
        try:
            yield database
        finally:
            await database.close()


def _why(error: BaseException) -> str:
    if isinstance(error, CalledProcessError):
        return f"{Path(error.cmd[0]).name} ended with {error.returncode}; what it said is above"
    return (str(error) or type(error).__name__).rstrip(".")


def _no_database(url: str | None, data: Path, error: BaseException) -> CannotStart:
    why = _why(error)
    if url is None:
        return CannotStart(
            f"the embedded database does not start in {data}: {why}",
            "WEIJI_DATA must name a folder with room, that weiji may write to, and no database in it or one of this"
            f" PostgreSQL; the server's log is {data}/postgres/log.",
        )
    return CannotStart(
        f"the database does not answer: {why}", "Check that the server runs and that WEIJI_DATABASE_URL is right."
    )
