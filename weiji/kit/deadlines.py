"""Does for a job what is due, and sets aside what fails: it is tried again later and later, and keeps no other waiting.

A fault with one thing is a fault of ours. People see it with its reason, and may have it tried again at once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, TypeVar
from uuid import UUID

import structlog
from msgspec import Struct

from weiji.kit import clock, sql
from weiji.kit.batch import Batchers, Operation, is_unasked
from weiji.kit.db import Database, Reader, Row, Transaction
from weiji.kit.metrics import JOBS_SET_ASIDE

SQL = sql.beside(__file__)

AGAIN: Final = timedelta(seconds=10)
"""When something that failed is tried again; twice as long after each failure."""

AGAIN_MAX: Final = timedelta(hours=6)

SET_ASIDE_MAX: Final = 2_000
"""Things that a job sets aside at most. Where there are more, the job itself fails: it isn't they that are wrong."""

OVER_AFTER: Final = timedelta(minutes=10)
"""What should have been tried again so long ago, and was not due any more, is forgotten."""

FIRST: Final = UUID(int=0)
LAST: Final = UUID(int=2**128 - 1)

ERROR_MAX: Final = 500
"""Characters of a reason that are kept."""

C = TypeVar("C")
R = TypeVar("R")

log = structlog.get_logger("weiji.deadlines")


class Aside(Struct, frozen=True):
    """What a job has set aside, as it stands now: how often each was tried, and when it is tried again."""

    now: datetime
    attempts: dict[UUID, int]
    later: frozenset[UUID]
    over: frozenset[UUID]

    def room(self, limit: int) -> int:
        """Say how much to read, so that *limit* are found beside those that aren't tried now."""
        return limit + len(self.later)


class Deadlines:
    """Does what is due for one job: `read` what is set aside, find what is due, `meet` it.

    *owner* is the field of its commands that names the thing, and tells its shard.
    """

    def __init__(self, batchers: Batchers, job: str, owner: str = "id") -> None:
        self.batchers = batchers
        self.job = job
        self.owner = owner
        self._name = attrgetter(owner)

    async def read(self, reader: Reader) -> Aside:
        """Read what this job has set aside."""
        now = clock.now()
        rows = await reader.rows(SQL.get_set_aside, self.job, SET_ASIDE_MAX)
        return Aside(
            now=now,
            attempts={row["id"]: row["attempts"] for row in rows},
            later=frozenset(row["id"] for row in rows if row["due_at"] > now),
            over=frozenset(row["id"] for row in rows if row["due_at"] < now - OVER_AFTER),
        )

    async def meet(
        self,
        database: Database,
        aside: Aside,
        moves: Iterable[tuple[Operation[C, R], C]],
        *,
        after: UUID = FIRST,
        last: UUID = LAST,
    ) -> list[R]:
        """Do commands, each with its operation, but for what waits for its next try; return what came of the others.

        Who goes through ids page by page says which ones this page has, *after* one up to the *last*: that something
        of another page is not due here does not mean that it is over.

        Commands ride in batches, and are answered as if each came by itself. May raise QueueFull or Unavailable, after
        it has set aside what failed otherwise.
        """
        due = [(operation, command) for operation, command in moves if self._name(command) not in aside.later]
        answers = await self.batchers.try_each(due, self.owner)
        named = {self._name(command): answer for (_, command), answer in zip(due, answers, strict=True)}
        unasked = {id: answer for id, answer in named.items() if is_unasked(answer)}
        failed = {id: answer for id, answer in named.items() if isinstance(answer, Exception) and id not in unasked}
        done = aside.attempts.keys() & (named.keys() - failed.keys() - unasked.keys())
        done |= {id for id in aside.over - named.keys() if after < id <= last}
        if failed or done:
            await self._write(database, aside, failed, sorted(done))
        for fault in unasked.values():
            raise fault
        return [answer for answer in answers if not isinstance(answer, Exception)]

    async def _write(self, database: Database, aside: Aside, failed: dict[UUID, Exception], done: list[UUID]) -> None:
        attempts = [aside.attempts.get(id, 0) + 1 for id in failed]
        for (id, error), times in zip(failed.items(), attempts, strict=True):
            log.error("set aside", job=self.job, id=str(id), attempts=times, exc_info=error)
        fresh = sum(times == 1 for times in attempts)
        if len(aside.attempts) + fresh > SET_ASIDE_MAX:
            raise next(iter(failed.values()))
        JOBS_SET_ASIDE.labels(self.job).inc(fresh)
        async with database.transaction() as tx:
            await tx.run(SQL.forget_set_aside, self.job, done)
            await tx.run(
                SQL.set_aside,
                self.job,
                list(failed),
                attempts,
                [f"{type(error).__name__}: {error}"[:ERROR_MAX].replace("\x00", "") for error in failed.values()],
                [aside.now + min(AGAIN_MAX, AGAIN * 2 ** min(times - 1, 16)) for times in attempts],
                aside.now,
            )


async def list_set_aside(reader: Reader, limit: int) -> list[Row]:
    """Read what jobs have set aside, what failed last first."""
    return await reader.rows(SQL.list_set_aside, limit)


async def try_again(tx: Transaction, things: Iterable[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    """Have things, each (job, id), tried again in the next run of their job. Returns those that are set aside."""
    named = list(things)
    rows = await tx.rows(SQL.try_again, [job for job, _ in named], [id for _, id in named], tx.now)
    return {(row["job"], row["id"]) for row in rows}
