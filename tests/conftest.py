"""What every test may ask for: a real PostgreSQL, a migrated database of its own, a transaction that is rolled back.

`WEIJI_TEST_DATABASE_URL` names a server to use instead of the embedded one.
"""

import gc
import os
import re
import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import asyncpg
import certifi
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from playwright.async_api import Browser

from tests.databases import Kept, copied, with_name
from tests.journeys.visitor import open_browser
from tests.spreading import Spreading
from tests.towns import BuiltTown, built
from weiji import program
from weiji.identity import hashing
from weiji.kit.batch import Lanes
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Transaction
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.installation import install
from weiji.kit.migrate import migrate
from weiji.orders import store
from weiji.orders.fees import store as fees

# No test is timed: a machine may be busy.
settings.register_profile("weiji", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("weiji")

LANES: Final = 2
"""Lanes of the tests' installations: what needs more than one is tested, too."""

SERVER: EmbeddedDatabase | None = None
"""The embedded server of this test run, if one was started."""


def _permitted_quickly() -> Callable[[Any, Any], bool]:
    """Tell as Hypothesis does whether a strategy may draw a constant, but of a text by one pattern of its alphabet.

    It asks that of each of the program's many thousand words whenever a strategy draws one for the first time, letter
    by letter: three fifths of the time in which requests to the API are made up.
    """
    permitted = providers.choice_permitted
    alphabet: Any = None
    pattern = re.compile("")

    def is_permitted(choice: Any, constraints: Any) -> bool:
        nonlocal alphabet, pattern
        if not isinstance(choice, str):
            return permitted(choice, constraints)
        if constraints["intervals"] is not alphabet:
            alphabet = constraints["intervals"]
            ranges = "".join(rf"\U{first:08x}-\U{last:08x}" for first, last in alphabet.intervals)
            pattern = re.compile(f"[{ranges}]*" if ranges else "")
        is_long_enough = constraints["min_size"] <= len(choice) <= constraints["max_size"]
        return is_long_enough and pattern.fullmatch(choice) is not None

    return is_permitted


providers.choice_permitted = _permitted_quickly()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are gathered, nor among what was gathered later on.

    All of it stays, and to look through a million of things again and again takes a third of the time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the drills, which take longest: at the end one process would run them, and the other wait."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/drills/"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Spreading:
    """Spread tests over processes, where there are several."""
    return Spreading(config, log)


MEMORY: Final = Path("/dev/shm")  # noqa: S108 - Folders in it have names that nobody guesses.
MEMORY_NEEDED: Final = 4 << 30
"""Bytes that must be free there for the servers of all processes of a test run."""


def _in_memory() -> Path | None:
    """Give where files are kept in memory, if there is room: a database is copied there in a sixth of the time."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED else None


@pytest.fixture(autouse=True, scope="session")
def _temporary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put temporary files into memory: servers that drills and started programs have there, and what Chromium keeps.

    Whatever pytest keeps for whoever wants to look at it afterwards stays on disk.
    """
    tmp_path_factory.getbasetemp()
    with (
        tempfile.TemporaryDirectory(prefix="weiji-test-", dir=_in_memory(), ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(folder).chmod(0o755)  # A server of PostgreSQL may run as another user than root.
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


def _kept(make: Callable[..., ssl.SSLContext]) -> Callable[..., ssl.SSLContext]:
    """Keep the one context that clients of HTTP have where they ask for none; make all others anew."""
    trusted = os.environ.get("SSL_CERT_FILE") or certifi.where()
    shared = cache(lambda: make(cafile=trusted))

    def create(*args: Any, **given: Any) -> ssl.SSLContext:
        return shared() if not args and given == {"cafile": trusted} else make(*args, **given)

    return create


@pytest.fixture(autouse=True, scope="session")
def _spared() -> Iterator[None]:
    """Spare what takes 25 ms each time: hashes of passwords, and what each client of HTTP reads of whom to trust."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "_hasher", cache(lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
        patch.setattr(ssl, "create_default_context", _kept(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def server_url(_temporary: None) -> Iterator[str]:
    """The address of a server on which databases may be made."""
    given = os.environ.get("WEIJI_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="weiji-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        global SERVER
        SERVER = server = EmbeddedDatabase(Path(folder))
        # A crash of the machine may take the tests' data: nothing here proves durability but what says so.
        server.server.psql("alter system set fsync = off")
        server.server.psql("alter system set full_page_writes = off")
        server.server.psql("alter system set max_wal_size = '256MB'")
        server.server.psql("select pg_reload_conf()")
        yield server.url
        server.stop()


@pytest.fixture(scope="session")
async def template(server_url: str) -> str:
    """The name of a migrated, installed and otherwise empty database."""
    name = f"weiji_template_{os.getpid()}"
    connection = await asyncpg.connect(server_url)
    await connection.execute(f"create database {name} encoding 'UTF8' locale 'C.UTF-8' template template0")
    await connection.close()
    url = with_name(server_url, name)
    await migrate(url)
    await install(url, mode="sandbox", lanes=LANES)
    return name


@pytest.fixture(scope="session")
async def kept(server_url: str, template: str) -> AsyncIterator[Kept]:
    """The database that tests have after each other."""
    database = Kept(server_url, template)
    yield database
    await database.drop()


@pytest.fixture
async def anew(kept: Kept) -> None:
    """Have the database made anew, for what depends on how much was ever written: `usefixtures("anew")`."""
    await kept.drop()


@pytest.fixture
async def database_url(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A database of this test's own, as the template is."""
    url = await kept.lend()
    monkeypatch.setattr(program, "Database", kept)
    # Versions of rules never change in one database; this is another one, and its clock was never turned.
    store._rules.clear()
    fees._fees.clear()
    CLOCK.follow(timedelta())
    yield url
    await kept.give_back()


@pytest.fixture
async def database(database_url: str, kept: Kept) -> Database:
    """The pool of this test's own database: what it commits stays until the test ends."""
    return kept.open()


@pytest.fixture(scope="session")
async def shared_database(server_url: str, template: str) -> AsyncIterator[Database]:
    """The pool of a database that all tests share; they write to it only in `tx`."""
    async with copied(server_url, template, "shared") as url:
        pool = await Database.connect(url)
        yield pool
        await pool.close()


@pytest.fixture(scope="session")
async def built_town(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BuiltTown]:
    """A demo town that nobody lives in: whoever wants one makes a copy of it."""
    async with built(server_url, template, tmp_path_factory.mktemp("built_town")) as town:
        yield town


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with open_browser() as browser:
        yield browser


class _RolledBack(Exception):
    pass


@pytest.fixture
async def tx(shared_database: Database) -> AsyncIterator[Transaction]:
    """A transaction that is rolled back when the test ends."""
    try:
        async with shared_database.transaction() as transaction:
            yield transaction
            raise _RolledBack
    except _RolledBack:
        pass


@pytest.fixture
def lanes() -> Lanes:
    """The lanes of the test installations."""
    return Lanes(LANES)


@pytest.fixture(autouse=True, scope="module")
def _clock_of_file() -> Iterator[None]:
    """Leave this process's clock right to the next file, whatever database this one's tests shared."""
    yield
    CLOCK.follow(timedelta())


@pytest.fixture(autouse=True)
def _clock_of_test() -> Iterator[None]:
    """Turn this process's clock back when the test ends."""
    before = CLOCK.offset
    yield
    CLOCK.follow(before)


@pytest.fixture(autouse=True)
def _quiet_log() -> None:
    """Write log lines of warnings and worse, plainly, whatever the test before made of it."""
    import structlog

    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.KeyValueRenderer(key_order=["event"])],
        wrapper_class=structlog.make_filtering_bound_logger(30),
        logger_factory=structlog.PrintLoggerFactory(),
    )
