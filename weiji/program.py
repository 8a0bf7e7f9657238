"""weiji put together, without its edges: settings in, a running program out.

`app.py` puts HTTP round it; `work` delivers events and runs jobs. One process may do both.
"""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from weiji import carriers, dormancy, media, payments
from weiji import help as _help  # noqa: F401  What it publishes by two is proposed by processes without pages, too.
from weiji.credit.certificates import handlers as certificates
from weiji.events.outbox import Deliverer
from weiji.kit import installation, migrate, seal
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import UNREACHABLE, Database
from weiji.kit.fetching import Fetcher
from weiji.kit.installation import Installation
from weiji.kit.jobs import Runner
from weiji.kit.live import Live
from weiji.kit.metrics import TASKS_FAILED
from weiji.kit.reaching import CannotStart, must_be_migrated, reach_database
from weiji.porting import jobs as porting
from weiji.porting.pictures import Bringer
from weiji.settings import Settings
from weiji.settlement.enrolling import handlers as enrolling
from weiji.subscriptions import jobs, subscriptions
from weiji.twin import Twin, public_key_text
from weiji.webhooks import Sender
from weiji.wire import notice_kinds, wire_of

log = structlog.get_logger("weiji")

BEGINS_AGAIN: Final = 1.0
"""Seconds after which a task that ended by a fault begins again."""

FORMER_KEYS: Final = "ledger.former"
"""Beside the key that signs the books: the public keys, in hex, of those that signed before, one a line."""

NO_KEY: Final = "the master key was replaced by one that this process does not have"

MEND_SIGNING_KEY: Final = "Bring it back from its backup, and let the user that weiji runs as read it."


class Program:
    """Everything that a running weiji is made of."""

    def __init__(self, settings: Settings, url: str, database: Database, found: Installation) -> None:
        self.settings = settings
        self.url = url
        self.database = database
        self.installation = found
        self.lanes = Lanes(found.lanes)
        self.batchers = Batchers(database, self.lanes, settings.queue)
        self.signing_key = read_signing_key(settings.data)
        self.deliverer = Deliverer(database, subscriptions(self.batchers), self.lanes)
        self.runner = Runner(
            database,
            [
                *jobs(self.batchers, self.signing_key),
                *media.jobs(settings.data),
                *certificates.jobs(self.batchers, settings),
                *dormancy.jobs(self.batchers, settings.dormant_months),
                *porting.jobs(settings),
                *enrolling.jobs(self.batchers, settings.url),
            ],
        )
        self.bringer = Bringer(database, self.batchers, settings)
        self.wire = wire_of(database)
        self.sender = Sender(
            database,
            self.lanes,
            notice_kinds(self.wire.keyring, self.wire.directory),
            Fetcher(may_go_inside=settings.notify_inside),
        )
        self.live = Live(url, database.outage)
        self.opener = payments.Opener(database, settings)
        self.twin = Twin(settings)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def public_key(self) -> bytes:
        """The key that signatures of the ledger's heads are checked with."""
        return self.signing_key.public_key().public_bytes_raw()

    @property
    def public_keys(self) -> tuple[bytes, ...]:
        """The public keys of all that sign the books, or did: the own one first."""
        return self.public_key, *read_former_keys(self.settings.data)

    async def listen(self) -> None:
        """Hear what other processes notify: for live pages, the turned clock, and another master key."""
        self.live.on_events = self.deliverer.wake
        self.live.on_clock = self._follow_clock
        self.live.on_keys = self._follow_keys
        self._keep_up(self.live.run, "live")
        self._keep_up(partial(self.opener.follow, self.live), "channels")
        self._keep_up(partial(self.wire.keyring.follow, self.live), "platform keys")

    async def work(self) -> None:
        """Deliver events, run jobs, bring pictures and send messages, until closed."""
        self._keep_up(self.deliverer.run, "deliverer")
        self._keep_up(self.runner.run, "jobs")
        self._keep_up(self.bringer.run, "pictures")
        self._keep_up(self.sender.run, "webhooks")

    def _keep_up(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self._tasks.append(asyncio.create_task(run_again(work, name), name=name))

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something that ends by itself; it is cancelled where the program closes before."""
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)
        return task

    def _follow_clock(self) -> None:
        self.begin(self._read_clock(), "clock")

    async def _read_clock(self) -> None:
        await installation.get_installation(self.database)
        self.runner.wake()

    def _follow_keys(self) -> None:
        self.begin(self._read_keys(), "master key")

    async def has_key(self) -> bool:
        """Tell whether this process seals with the master key in use; one that was brought meanwhile is taken over."""
        found = await installation.get_installation(self.database)
        if found.key_mark != seal.KEYS.mark:
            await self._read_keys()
            found = await installation.get_installation(self.database)
        return found.key_mark == seal.KEYS.mark

    async def _read_keys(self) -> None:
        try:
            await installation.open_keys(self.database, seal.Source.of(self.settings))
        except CannotStart as error:
            log.error(NO_KEY, why=error.what)
        except UNREACHABLE as error:
            # It is told again once the connection is back.
            self.database.outage.warn(log, "whether the master key was replaced is not known", error)

    async def close(self) -> None:
        """Stop working, answer what was submitted, and let go of the database."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        # What a cancelled task was in the middle of, the server rolls back.
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.wire.scribe.close()
        await self.batchers.close()
        await self.opener.aclose()
        await self.database.close()


async def run_again(work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
    """Run what never ends, until cancelled; where it ends by a fault, tell that, and begin again."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("ended by a fault; it begins again", task=name)
            TASKS_FAILED.labels(name).inc()
        await asyncio.sleep(BEGINS_AGAIN)


@asynccontextmanager
async def open_program(settings: Settings, *, must_migrate: bool = False) -> AsyncIterator[Program]:
    """Connect, or start the embedded database, and put the program together. Raises CannotStart.

    With *must_migrate* missing migrations are run; the embedded database's always are.
    """
    try:
        tracker = _tracker(settings)
    except carriers.UnknownTracker as error:
        raise CannotStart(str(error), "Correct WEIJI_TRACKER and WEIJI_TRACKER_OPTIONS.") from error
    async with reach_database(settings.database_url, settings.data) as url:
        if settings.database_url is None or must_migrate:
            await migrate.migrate(url)
            await installation.install(url, mode=settings.mode, lanes=settings.lanes)
        else:
            await must_be_migrated(url)
        database = await Database.connect(url, connections=settings.connections)
        try:
            found = await installation.get_installation(database)
            if found.is_clock_free != settings.can_turn_clock:
                raise made_for_another(settings)
            await installation.open_keys(database, seal.Source.of(settings))
            _must_not_be_of_the_live(settings)
        except BaseException:
            await database.close()
            raise
        if settings.mode != "live":
            payments.REGISTRY.register(payments.SandboxChannel(database))
        carriers.REGISTRY.register(tracker)
        program = Program(settings, url, database, found)
        await program.opener.refresh()
        # What is loaded by now lives as long as the process; the collector need not look at it again. Nor need it be
        # cleared of the little that does not where somebody is in a hurry, and has turned the collector off.
        if gc.isenabled():
            gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        try:
            yield program
        finally:
            await program.close()


def _must_not_be_of_the_live(settings: Settings) -> None:
    # With it the sandbox could write itself tickets, and open whatever the live installation sealed.
    if settings.is_twin and public_key_text() == settings.sandbox_of:
        raise CannotStart(
            "this sandbox has the master key of the live installation whose merchants come over",
            "Give the sandbox a WEIJI_DATA of its own, and no WEIJI_SECRET or another.",
        )


def made_for_another(settings: Settings) -> CannotStart:
    """Say that the mode is not that of the installation."""
    made, mode = ("live", "live") if settings.can_turn_clock else ("for trying", "sandbox or demo")
    return CannotStart(
        f"this installation was made {made}, and WEIJI_MODE is {settings.mode}",
        f"Set WEIJI_MODE to {mode}, as it was, or use another database and another WEIJI_DATA: one for trying never "
        "becomes a live one, or the other way round.",
    )


def _tracker(settings: Settings) -> carriers.Tracker | None:
    """Make the tracker that is asked where parcels are. No host outside is contacted unless the operator named it."""
    if settings.tracker:
        return carriers.open_tracker(settings.tracker, settings.tracker_values, settings.url)
    return None if settings.mode == "live" else carriers.SimulatedTracker()


def read_signing_key(data: Path) -> Ed25519PrivateKey:
    """Read the key that signs the ledger's heads; make one where there is none. Raises CannotStart."""
    path = data / "keys" / "ledger.pem"
    try:
        if not path.exists():
            _make_signing_key(path)
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CannotStart(f"the key that signs the books can't be read, {path}: {error}", MEND_SIGNING_KEY) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CannotStart(f"the key that signs the books, {path}, is no Ed25519 key", MEND_SIGNING_KEY)
    return key


def read_former_keys(data: Path) -> tuple[bytes, ...]:
    """Read the public keys that signed the ledger's heads before this one. Raises CannotStart."""
    path = data / "keys" / FORMER_KEYS
    try:
        return tuple(bytes.fromhex(line) for line in path.read_text().split()) if path.exists() else ()
    except (OSError, ValueError) as error:
        what = f"the keys that signed the books before can't be read, {path}: {error}"
        raise CannotStart(what, MEND_SIGNING_KEY) from error


def renew_signing_key(data: Path) -> tuple[bytes, bytes]:
    """Make another key that signs the ledger's heads, for processes that start from now on; give the old and the new.

    The public key of the one before is kept first, so that what it signed stays proved. Raises CannotStart.
    """
    path = data / "keys" / "ledger.pem"
    old = read_signing_key(data).public_key().public_bytes_raw()
    with open(path.with_name(FORMER_KEYS), "a") as former:  # noqa: PTH123 - It is only ever added to.
        former.write(f"{old.hex()}\n")
        former.flush()
        os.fsync(former.fileno())
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    _make_signing_key(draft)
    if os.geteuid() == 0:
        # By root, for the user that weiji runs as: who has the key has what takes its place.
        owner = path.stat()
        for made in (draft, path.with_name(FORMER_KEYS)):
            os.chown(made, owner.st_uid, owner.st_gid)
    draft.replace(path)
    return old, read_signing_key(data).public_key().public_bytes_raw()


def _make_signing_key(path: Path) -> None:
    """Make it whole or not at all: of two processes that start at once, one makes it."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    seal.make_key_file(path, pem)
