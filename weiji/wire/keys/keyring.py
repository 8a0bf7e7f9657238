"""The keys of the installation as this process has them: made when the first merchant needs one, read now and then."""

import asyncio
import math
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from weiji.events import BY_CLOCK, Actor, Occurrence, publish
from weiji.events.wire import PlatformKeyEnded, PlatformKeysMade
from weiji.kit import clock
from weiji.kit.db import UNREACHABLE, Database, Transaction
from weiji.kit.ids import first_id
from weiji.kit.live import Live
from weiji.wire.keys import store
from weiji.wire.keys.authority import (
    KeyKind,
    PlatformKey,
    StoredKey,
    make_authority,
    make_platform_certificate,
    make_public_key,
    open_key,
)
from weiji.wire.keys.model import EndPlatformKeyStatus, Merchant

READ_EVERY: Final = 60.0
"""Seconds after which the keys are read again, should it not have been told that another process made or ended some."""

READ_AGAIN: Final = 5.0
"""Seconds after which they are, where the database was away."""

RENEW_BEFORE: Final = timedelta(days=90)
"""How long before the newest certificate of the platform expires another one is made: so long both are good."""

SWITCH_AFTER: Final = timedelta(hours=24)
"""How long a new certificate is listed before those who chose none get signatures of it."""

STREAM: Final = first_id(0, "wire.platform_keys")
"""The log of what happened to the installation's keys."""


class Duty(StrEnum):
    """What one of our keys signs. A request that names a key in force is answered by that one, whichever it is."""

    DEFAULT = "default"
    """What goes to merchants that chose none, and to programs of theirs that never asked for certificates."""
    CERTIFICATES = "certificates"
    """What goes to programs that asked for certificates, of merchants that chose none."""
    NEXT = "next"
    """It takes over from the one of its kind that signs now; until then it is for those alone who chose or name it."""
    KEPT = "kept"
    """What goes to those alone who chose or name it."""
    EXPIRED = "expired"
    ENDED = "ended"


class Ring(Struct, frozen=True):
    """Keys of the installation at one time, the newest first."""

    keys: tuple[PlatformKey, ...]

    @property
    def authority(self) -> PlatformKey:
        """The one that signs certificates."""
        return next(key for key in self.keys if key.kind is KeyKind.AUTHORITY)

    def signing(self, wall: datetime) -> list[PlatformKey]:
        """List the keys in force that sign what is sent."""
        return [key for key in self.keys if key.kind is not KeyKind.AUTHORITY and key.is_in_force(wall)]

    def certificates(self, wall: datetime) -> list[PlatformKey]:
        """List the certificates in force."""
        return [key for key in self.signing(wall) if key.kind is KeyKind.CERTIFICATE]

    def public_key(self, wall: datetime) -> PlatformKey:
        """Give the public key that signs for who chose none: of several the first, until it is ended.

        Programs are told of a public key by hand, and fetch none.
        """
        return [key for key in self.signing(wall) if key.kind is KeyKind.PUBLIC_KEY][-1]

    def duty_of(self, key: PlatformKey, wall: datetime) -> tuple[Duty, datetime | None]:
        """Say what a key signs, and, of the next one of its kind, from when on; None: once that before it is ended."""
        if not key.is_in_force(wall):
            return (Duty.ENDED if key.ended_at is not None and key.ended_at <= wall else Duty.EXPIRED), None
        if key.kind is KeyKind.PUBLIC_KEY:
            first, *others = reversed([each for each in self.signing(wall) if each.kind is KeyKind.PUBLIC_KEY])
            if key.id == first.id:
                return Duty.DEFAULT, None
            return (Duty.NEXT, first.ended_at) if key.id == others[0].id else (Duty.KEPT, None)
        signs = self._certificate(wall)
        if key.id == signs.id:
            return Duty.CERTIFICATES, None
        return (Duty.NEXT, key.created_at + SWITCH_AFTER) if key.created_at > signs.created_at else (Duty.KEPT, None)

    def _certificate(self, wall: datetime) -> PlatformKey:
        """Give the certificate that signs for who chose none: the newest that clients had time to fetch."""
        listed = self.certificates(wall) or [self.public_key(wall)]
        return next((key for key in listed if key.created_at <= wall - SWITCH_AFTER), listed[-1])

    def find(self, id: str, wall: datetime) -> PlatformKey | None:
        """Find a key in force by its id, in whatever case and with whatever zeros a client writes a serial."""
        wanted = {id, id.upper().lstrip("0")}
        return next((key for key in self.signing(wall) if key.id in wanted), None)

    def choose(
        self, asked: str | None, merchant: Merchant | None, wall: datetime, client: str | None = None
    ) -> PlatformKey:
        """Say which key signs: the one that a request asks for, else the merchant's choice, else what it can check.

        That is the public key, or, of a program that asked for certificates, the newest of these; None of *client*: of
        any of the merchant's. What a request asks for may be unknown: some clients name their own certificate there.
        """
        named = [id for id in (asked, merchant.choice(wall) if merchant else None) if id]
        for id in named:
            if found := self.find(id, wall):
                return found
        # Who named a public key goes on with the one that came after it.
        had_public_key = any(key.kind is KeyKind.PUBLIC_KEY and key.id in named for key in self.keys)
        if had_public_key or (merchant is not None and not merchant.checks_with_certificates(client)):
            return self.public_key(wall)
        return self._certificate(wall)


class Keyring:
    """The keys of the installation, for one process."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._ring: Ring | None = None
        self._read_at = -math.inf
        self._reading = asyncio.Lock()

    async def ring(self) -> Ring:
        """Give the keys; make the first ones where there are none."""
        ring = self._ring
        if ring is not None and time.monotonic() < self._read_at + READ_EVERY:
            return ring
        async with self._reading:
            if self._ring is None or time.monotonic() >= self._read_at + READ_EVERY:
                try:
                    self._ring = await self._read()
                    self._read_at = time.monotonic()
                except UNREACHABLE:
                    if self._ring is None:
                        raise
                    # That we are busy is said signed, too.
                    self._read_at = time.monotonic() - READ_EVERY + READ_AGAIN
            return self._ring

    async def _forget(self) -> None:
        """Have the keys read again. A reading that is under way may not see what was written: it is waited for."""
        async with self._reading:
            self._read_at = -math.inf

    async def follow(self, live: Live) -> None:
        """Have the keys read again whenever some were made or ended anywhere, until cancelled."""
        with live.watch(STREAM) as watch:
            async for has_changed in watch.changes(READ_EVERY):
                if has_changed:
                    await self._forget()

    async def _read(self) -> Ring:
        async with self.database.read() as reader:
            stored = await store.get_platform_keys(reader)
        if not stored:
            await self._make_first()
            async with self.database.read() as reader:
                stored = await store.get_platform_keys(reader)
        return self._open(stored)

    def _open(self, stored: Sequence[StoredKey]) -> Ring:
        known = {key.id: key for key in self._ring.keys} if self._ring else {}
        # Opened once: that is slow. What may change of a key is its end.
        return Ring(
            tuple(
                replace(known[each.id], ended_at=each.ended_at) if each.id in known else open_key(each)
                for each in stored
            )
        )

    async def _make_first(self) -> None:
        """Make the authority, a certificate and a public key. Of two processes that do so at once, one writes them."""
        wall = clock.wall()
        authority, public = await asyncio.gather(
            asyncio.to_thread(make_authority, wall), asyncio.to_thread(make_public_key, wall)
        )
        certificate = await asyncio.to_thread(make_platform_certificate, open_key(authority), wall)
        await self.database.retried(partial(_add, keys=[authority, certificate, public], actor=Actor("system")))

    async def renew(self, actor: Actor, kind: KeyKind = KeyKind.CERTIFICATE) -> PlatformKey:
        """Make another certificate, or public key, of the platform.

        Who chose none gets signatures of the certificate from `SWITCH_AFTER` on, of the public key once those before
        are ended.
        """
        made = await self._make(kind, clock.wall())
        await self.database.retried(partial(_add, keys=[made], actor=actor))
        await self._forget()
        found = (await self.ring()).find(made.id, clock.wall())
        assert found
        return found

    async def _make(self, kind: KeyKind, wall: datetime) -> StoredKey:
        if kind is KeyKind.PUBLIC_KEY:
            return await asyncio.to_thread(make_public_key, wall)
        return await asyncio.to_thread(make_platform_certificate, (await self.ring()).authority, wall)

    async def end(self, id: str, actor: Actor, after: timedelta = timedelta(0)) -> EndPlatformKeyStatus:
        """End a key for good: from now on, or *after* a while, it signs nothing, and opens nothing.

        The last of its kind has another made.

        Another process is told (`follow`); one that can't be may use it for as long as it does not read keys again.
        """
        wall = clock.wall()
        ring = await self.ring()
        if (found := next((key for key in ring.keys if key.id == id), None)) is None:
            return EndPlatformKeyStatus.KEY_NOT_FOUND
        if found.kind is KeyKind.AUTHORITY:
            return EndPlatformKeyStatus.KEY_NOT_FOUND
        other = await self._make(found.kind, wall)
        ending = partial(_end, id=id, other=other, wall=wall, ends_at=wall + after, actor=actor)
        status = await self.database.retried(ending)
        await self._forget()
        return status

    async def list(self) -> Sequence[PlatformKey]:
        """Give the keys that sign what is sent, in force or not, the newest first; make none."""
        async with self.database.read() as reader:
            stored = await store.get_platform_keys(reader)
        return tuple(key for key in self._open(stored).keys if key.kind is not KeyKind.AUTHORITY)

    async def count_choices(self) -> dict[str, int]:
        """Say how many merchants chose each key."""
        async with self.database.read() as reader:
            return await store.count_choices(reader)

    async def renew_due(self) -> int:
        """Make another certificate where the newest expires soon; say how many were made. Where none is, none is due.

        Of two processes that do so at once each may make one: both are good.
        """
        wall = clock.wall()
        # One that was ended signs nothing, however late it would expire.
        listed = [key for key in await self.list() if key.kind is KeyKind.CERTIFICATE and key.ended_at is None]
        if not listed or max(key.expires_at for key in listed) - wall > RENEW_BEFORE:
            return 0
        await self.renew(BY_CLOCK)
        return 1


async def _end(
    tx: Transaction, *, id: str, other: StoredKey, wall: datetime, ends_at: datetime, actor: Actor
) -> EndPlatformKeyStatus:
    """End a key, and add *other* of the same kind where none is left."""
    of_kind = {key.id: key for key in await store.lock_platform_keys(tx, other.kind) if key.is_in_force(wall)}
    ended = of_kind.pop(id, None)
    if ended is None or (ended.ended_at is not None and ended.ended_at <= ends_at):
        return EndPlatformKeyStatus.EXISTS
    if all(key.ended_at is not None for key in of_kind.values()):
        await _add(tx, keys=[other], actor=actor)
    await store.end_platform_key(tx, id, ends_at)
    await publish(tx, [Occurrence(PlatformKeyEnded(id=id), STREAM, STREAM, actor)])
    return EndPlatformKeyStatus.ENDED


async def _add(tx: Transaction, *, keys: Sequence[StoredKey], actor: Actor) -> None:
    for key in keys:
        # Should somebody have made the authority meanwhile, nothing of ours is needed.
        if not await store.add_platform_key(tx, key):
            return
    await publish(tx, [Occurrence(PlatformKeysMade(ids=tuple(key.id for key in keys)), STREAM, STREAM, actor)])
