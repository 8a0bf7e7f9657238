"""Writes bills, a page at a time: size costs time, never memory, and what is downloaded has the hash that was told.

Pages are packed as they are written, and kept in the database for as long as a bill's address is good. Whoever asks for
a bill waits for it for a while, and then is told to ask again: it is written to its end, and found then.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha1
from typing import Final
from uuid import UUID

import structlog

from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.web import gettext as _
from weiji.wire.errors import WireError
from weiji.wire.kept_bills import KeptBill, Page, add_bill, add_page, find_late, forget_over, get_page, weigh_kept

LASTS: Final = timedelta(hours=1)
"""How long a bill can be downloaded."""

DOWNLOAD_MAX: Final = timedelta(minutes=30)
"""How long a download may take that began in time."""

PATIENCE: Final = timedelta(seconds=8)
"""How long whoever asks for a bill waits for it: some clients give up after ten seconds."""

LATE_FOR: Final = timedelta(minutes=10)
"""How long a bill that nobody waited for is what is given to whoever asks for the same; then it is written anew."""

WRITING_MAX: Final = timedelta(hours=6)
"""How long it may take to write a bill."""

TURNS: Final = 2
"""Pages that a process reads and writes at a time. Bills take turns with theirs: a short one waits for no long one, and
what is no bill has connections left."""

WRITTEN_AT_ONCE: Final = 500
"""Bills that a process is writing; each has a page or two in memory."""

ASKED_AT_ONCE: Final = 32
"""Those of one merchant."""

KEPT_MAX: Final = 10_000
"""Bills that are kept for one merchant: what it may ask for in an hour."""

KEPT_BYTES_MAX: Final = 1 << 30
"""What they may be together, packed, when one more is begun."""

_GZIP: Final = 31
"""The form of what is packed, as zlib has it: one member, which all clients read, with no name and no time."""

log = structlog.get_logger("weiji.wire")


class Scribe:
    """Writes the bills that one process is asked for."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._turns = asyncio.Semaphore(TURNS)
        self._writing: dict[tuple[str, str], asyncio.Task[KeptBill | None]] = {}

    async def get(self, mchid: str, shop_id: UUID, what: str, pieces: AsyncIterator[str]) -> KeptBill | None:
        """Give a bill for a merchant and its shop; None: there is nothing in it. *pieces* is its text.

        What is being written for the same merchant under the same name is that bill, too. Raises WireError.
        """
        key = mchid, what
        if key not in self._writing:  # Then, if it was, it is kept.
            now = clock.wall()
            async with self.database.read() as reader:
                found = await find_late(reader, mchid, what, now - LATE_FOR, PATIENCE)
                if found is not None:
                    return found
                bills, packed_bytes = await weigh_kept(reader, mchid, now, KEPT_MAX)
            words = None
            if bills >= KEPT_MAX:
                words = _("一小时最多申请 %(most)s 份账单。", most=KEPT_MAX)
            elif packed_bytes >= KEPT_BYTES_MAX:
                words = _("一小时里申请的账单已经有 %(most)s MB 了，请过一会儿再来申请。", most=KEPT_BYTES_MAX >> 20)
            if words is not None:
                raise _later(WireError(429, "FREQUENCY_LIMITED", words), timedelta(minutes=1))
        task = self._writing.get(key) or self._begin(mchid, shop_id, what, pieces)
        done, _late = await asyncio.wait({task}, timeout=PATIENCE.total_seconds())
        if not done:
            words = _("账单很大，还在生成。请过一会儿再来申请，会接着这一次的。")
            raise _later(WireError(400, "STATEMENT_CREATING", words), PATIENCE)
        return task.result()

    async def close(self) -> None:
        """Give up what is being written: its pages are forgotten in time, and whoever asks again begins anew."""
        writing = list(self._writing.values())
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)

    def _begin(self, mchid: str, shop_id: UUID, what: str, pieces: AsyncIterator[str]) -> asyncio.Task[KeptBill | None]:
        if sum(asker == mchid for asker, _what in self._writing) >= ASKED_AT_ONCE:
            words = _("同时最多申请 %(most)s 份账单，请等前面的生成完。", most=ASKED_AT_ONCE)
            raise _later(WireError(429, "FREQUENCY_LIMITED", words), timedelta(seconds=1))
        if len(self._writing) >= WRITTEN_AT_ONCE:
            raise _later(WireError(429, "FREQUENCY_LIMITED", _("正在生成的账单太多了，请过一会儿再来申请。")), PATIENCE)
        # A task of its own: whoever asked may be gone before it is done.
        task = asyncio.create_task(self._write(mchid, shop_id, what, pieces))
        self._writing[mchid, what] = task

        def end(task: asyncio.Task[KeptBill | None]) -> None:
            del self._writing[mchid, what]
            if not task.cancelled() and (error := task.exception()):
                log.error("bill_not_written", mchid=mchid, what=what, exc_info=error)

        task.add_done_callback(end)
        return task

    async def _write(self, mchid: str, shop_id: UUID, what: str, pieces: AsyncIterator[str]) -> KeptBill | None:
        begun_at = clock.wall()
        press = _Press()
        id, place, packed = new_id(shop_id), 0, b""
        kept_until = begun_at + WRITING_MAX + LASTS
        async for text in self._in_turns(pieces):
            if press.text_bytes:
                page = Page(bill_id=id, place=place, ends_at=kept_until, content=packed)
                async with self.database.transaction() as tx:
                    await add_page(tx, page)
                place += 1
            packed = await asyncio.to_thread(press.add, text)
        if not press.text_bytes:
            return None
        done_at = clock.wall()
        if done_at - begun_at > WRITING_MAX:
            raise RuntimeError(f"a bill took more than {WRITING_MAX}: its first pages may be gone")
        packed += press.end()
        bill = KeptBill(
            id=id,
            mchid=mchid,
            what=what,
            pages=place + 1,
            text_bytes=press.text_bytes,
            packed_bytes=press.packed_bytes,
            hash=press.hash.hexdigest(),
            begun_at=begun_at,
            done_at=done_at,
            ends_at=done_at + LASTS,
        )
        # The bill comes last: there is none as long as a page is missing.
        async with self.database.transaction() as tx:
            await add_page(tx, Page(bill_id=id, place=place, ends_at=kept_until, content=packed))
            await add_bill(tx, bill)
        return bill

    async def _in_turns(self, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
        while True:
            async with self._turns:
                text = await anext(pieces, None)
            if text is None:
                return
            yield text

    async def read(self, bill: KeptBill, *, is_packed: bool) -> AsyncIterator[bytes]:
        """Read a bill, in pieces. No connection is held while somebody takes one."""
        unpacking = zlib.decompressobj(_GZIP)
        for place in range(bill.pages):
            async with self.database.read() as reader:
                content = await get_page(reader, bill.id, place)
            if content is None:
                raise LookupError(f"page {place} of the bill {bill.id} is gone")
            yield content if is_packed else await asyncio.to_thread(unpacking.decompress, content)


def _later(error: WireError, after: timedelta) -> WireError:
    error.headers["retry-after"] = str(round(after.total_seconds()))
    return error


async def forget_bills(database: Database, limit: int) -> int:
    """Forget bills that can't be downloaded any more."""
    async with database.transaction() as tx:
        return await forget_over(tx, clock.wall() - DOWNLOAD_MAX, limit)


class _Press:
    """Packs a text that comes in pieces, and tells how much it was."""

    def __init__(self) -> None:
        self.hash = sha1(usedforsecurity=False)  # What the protocol has; no secret hangs on it.
        self.text_bytes = 0
        self.packed_bytes = 0
        self._packing = zlib.compressobj(wbits=_GZIP)

    def add(self, text: str) -> bytes:
        """Pack a piece so that it can be unpacked with those before it alone: so pages are of bounded size."""
        content = text.encode()
        self.hash.update(content)
        self.text_bytes += len(content)
        return self._count(self._packing.compress(content) + self._packing.flush(zlib.Z_SYNC_FLUSH))

    def end(self) -> bytes:
        """Give the last bytes."""
        return self._count(self._packing.flush())

    def _count(self, packed: bytes) -> bytes:
        self.packed_bytes += len(packed)
        return packed
