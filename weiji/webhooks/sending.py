"""Sends what is due: it waits for other people's servers, so it is no job, and holds no transaction meanwhile."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import UNREACHABLE, Database, Transaction
from weiji.kit.fetching import Fetcher, FetchError, Sent
from weiji.webhooks import store
from weiji.webhooks.model import Attempt, Letter, Message, MessageKind, Undeliverable
from weiji.webhooks.rules import judge_attempt

AT_ONCE: Final = 64
"""Attempts of one process at a time."""

AT_ONCE_OF_ONE: Final = 8
"""Attempts at one owner's servers at a time: a slow one keeps only its own messages waiting."""

SECONDS_MAX: Final = 5.0
"""How long a server has for its answer."""

LEASE: Final = timedelta(minutes=1)
"""How long a process has a message: far longer than an attempt may take."""

ANSWER_BYTES_MAX: Final = 4_096
"""What is read of an answer."""

ANSWER_KEPT: Final = 1_000
"""Characters of it that are kept."""

TICK: Final = 0.5
"""Seconds between two looks, where nothing was due."""

log = structlog.get_logger("weiji.webhooks")


class Sender:
    """Sends messages as they come due. Several processes share the work."""

    def __init__(self, database: Database, lanes: Lanes, kinds: Sequence[MessageKind], fetcher: Fetcher) -> None:
        self.database = database
        self.lanes = lanes
        self.kinds = {kind.name: kind for kind in kinds}
        self.fetcher = fetcher
        self._sending: set[asyncio.Task[None]] = set()
        self._of_owner: Counter[UUID] = Counter()

    async def run(self) -> None:
        """Send until cancelled."""
        try:
            while True:
                try:
                    begun = await self.begin()
                except UNREACHABLE:  # That is said for all.
                    begun = 0
                if not begun:
                    await asyncio.sleep(TICK)
        finally:
            for task in self._sending:
                task.cancel()

    async def drain(self) -> int:
        """Send everything that is due, and wait for it; return how many attempts that were."""
        total = 0
        while begun := await self.begin():
            total += begun
            await asyncio.gather(*self._sending)
        return total

    async def begin(self) -> int:
        """Begin attempts at what is due, as many as may be made now; return how many."""
        begun = 0
        async with self.database.read() as reader:
            due = await store.get_due_shards(reader, clock.now())
        for shards in self.lanes.shards:
            if due.isdisjoint(shards):
                continue
            free = AT_ONCE - len(self._sending)
            if free <= 0:
                break
            busy = [owner for owner, count in self._of_owner.items() if count >= AT_ONCE_OF_ONE]
            limit = min(free, AT_ONCE_OF_ONE)
            async with self.database.transaction() as tx:
                messages = await store.claim_messages(tx, shards, limit, tx.now + LEASE, busy)
            for message in messages:
                self._of_owner[message.owner_id] += 1
                task = asyncio.create_task(self._send(message), name=f"webhook-{message.id}")
                self._sending.add(task)
                task.add_done_callback(partial(self._end, message.owner_id))
            begun += len(messages)
        return begun

    def _end(self, owner_id: UUID, task: "asyncio.Task[None]") -> None:
        self._sending.discard(task)
        self._of_owner[owner_id] -= 1
        if self._of_owner[owner_id] <= 0:
            del self._of_owner[owner_id]
        error = None if task.cancelled() else task.exception()
        if error and not (isinstance(error, UNREACHABLE) and self.database.outage.tells(error)):
            log.error("message not sent", exc_info=error)

    async def _send(self, message: Message) -> None:
        kind = self.kinds[message.kind]
        (letter,) = await kind.dress(self.database, [message])
        started_at, started = clock.now(), time.perf_counter_ns()
        sent: Sent | None = None
        if isinstance(letter, Undeliverable):
            reason: str | None = letter.reason
            letter = Letter(headers={}, body=b"")
        else:
            try:
                sent = await self.fetcher.send(
                    message.url, letter.body, letter.headers, bytes_max=ANSWER_BYTES_MAX, seconds_max=SECONDS_MAX
                )
                reason = kind.judge(sent.status, sent.body)
            except FetchError as error:
                reason = str(error)
        attempt = Attempt(
            message_id=message.id,
            number=message.attempts,
            started_at=started_at,
            milliseconds=(time.perf_counter_ns() - started) // 1_000_000,
            url=message.url,
            headers=letter.headers,
            body=letter.body.decode("utf-8", "replace"),
            status=sent.status if sent else None,
            # What PostgreSQL takes for text has no NUL.
            answer=sent.body.decode("utf-8", "replace").replace("\x00", "")[:ANSWER_KEPT] if sent else "",
            reason=reason,
        )
        outcome = judge_attempt(message, reason, kind.schedule, clock.now())

        async def end(tx: Transaction) -> None:
            await store.end_attempt(tx, attempt, outcome)

        await self.database.retried(end)
