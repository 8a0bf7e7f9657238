"""Live updates: what PostgreSQL notifies, handed to whoever watches an id.

One connection for each process listens. A notification is a hint with ids only: whoever is told reads the truth. Where
the connection was lost, everybody is told to look.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import contextmanager, suppress
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from weiji.kit.db import UNREACHABLE
from weiji.kit.outage import SAID_EVERY, Outage

CHANNELS: Final = ("weiji_events", "weiji_live", "weiji_callers", "weiji_clock", "weiji_keys")
RETRY: Final = 1.0
"""Seconds until a lost connection is made again."""

HEARTBEAT: Final = 15.0
"""Seconds after which the server is asked something, and has to answer. A way that was cut without a word, as firewalls
do with what is quiet for long, would never be noticed otherwise."""

log = structlog.get_logger("weiji.live")


class Watch:
    """Something that watches some ids: its event is set when one of them changed."""

    def __init__(self, live: "Live", ids: frozenset[str]) -> None:
        self.live = live
        self.ids = ids
        self.changed = asyncio.Event()

    async def changes(self, every: float) -> AsyncIterator[bool]:
        """Give True whenever something changed, and False where nothing did for *every* seconds.

        It ends when the program stops.
        """
        while True:
            # Not `wait_for`: in Python 3.11 it loses a cancellation that comes together with a change, and who stops
            # the program waits for ever.
            with suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await self.changed.wait()
            if self.live.is_closed:
                return
            was_set = self.changed.is_set()
            self.changed.clear()
            yield was_set


class Live:
    """The listener of one process, and those who watch."""

    def __init__(self, url: str, outage: Outage | None = None) -> None:
        self.url = url
        self.outage = outage or Outage()
        self.on_events: Callable[[str], None] = _ignore
        """Called with the names of subscribers that have something due."""
        self.on_clock: Callable[[], Any] = _nothing
        """Called when the clock was turned."""
        self.on_keys: Callable[[], Any] = _nothing
        """Called when another master key is in use, or may be."""
        self.on_callers: Callable[[Collection[str]], Any] = _ignore_ids
        """Called with the ids of people who have other rights or names than before; none: anybody may have."""
        self.is_listening = False
        """Whether what is notified reaches us."""
        self.is_closed = False
        """Whether the program stops: who watches goes home, so that nobody has to be thrown out."""
        self._watches: set[Watch] = set()

    @contextmanager
    def watch(self, *ids: UUID | str) -> Any:
        """Watch ids while the block runs; no ids: everything."""
        watch = Watch(self, frozenset(map(str, ids)))
        self._watches.add(watch)
        if self.is_closed:
            watch.changed.set()
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    def close(self) -> None:
        """Let everybody who watches go home."""
        self.is_closed = True
        for watch in self._watches:
            watch.changed.set()

    async def run(self) -> None:
        """Listen until cancelled."""
        said_at = -SAID_EVERY
        while True:
            try:
                connection = await asyncpg.connect(self.url)
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _, lost=lost: lost.set())
                try:
                    for channel in CHANNELS:
                        await connection.add_listener(channel, self._hear)
                    self.is_listening = True
                    self._tell_all()
                    self.on_keys()
                    await _until_lost(connection, lost)
                finally:
                    self.is_listening = False
                    self.on_callers(())
                    # Else a goodbye that nobody answers would take the place of a cancellation.
                    with suppress(*UNREACHABLE):
                        await connection.close(timeout=1)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                # It may be that others are answered: a pool of connections takes no listener.
                now = time.monotonic()
                if not self.outage.tells(error) and now >= said_at + SAID_EVERY:
                    log.warning("not listening", error=f"{type(error).__name__}: {error}")
                    said_at = now
            await asyncio.sleep(RETRY)

    def _hear(self, _connection: Any, _pid: int, channel: str, payload: Any) -> None:
        if channel == "weiji_events":
            if payload:
                self.on_events(payload)
        elif channel == "weiji_live":
            self._tell(payload)
        elif channel == "weiji_callers":
            self.on_callers(payload.split())
        elif channel == "weiji_keys":
            self.on_keys()
        else:
            self.on_clock()
            self._tell_all()

    def _tell(self, payload: str) -> None:
        changed = set(payload.split())
        for watch in self._watches:
            if not changed or not watch.ids or not watch.ids.isdisjoint(changed):
                watch.changed.set()

    def _tell_all(self) -> None:
        self.on_callers(())
        self._tell("")


async def _until_lost(connection: "asyncpg.Connection[asyncpg.Record]", lost: asyncio.Event) -> None:
    """Wait until a connection is lost. Raises TimeoutError where the server does not answer."""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT):
                await lost.wait()
        if lost.is_set():
            return
        async with asyncio.timeout(HEARTBEAT):
            await connection.execute("select 1")


def _ignore(_: str) -> None: ...


def _nothing() -> None: ...


def _ignore_ids(_: Collection[str]) -> None: ...
