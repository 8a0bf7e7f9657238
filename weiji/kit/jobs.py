"""Work that comes due: every job has a row that says when it runs next.

A job looks for rows whose deadline has passed, deals with a bounded number of them, and says how many it
found; where it found its limit it runs again at once. Jobs are safe to run twice at the same time: what they
do goes through operations that answer the same id once. Turning the clock makes them due like anything else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog
from msgspec import Struct

from weiji.kit import clock, sql
from weiji.kit.batch import Unavailable
from weiji.kit.db import LOST_RACES, UNREACHABLE, Database, Reader, Row
from weiji.kit.metrics import JOBS_DONE, JOBS_FAILED, TASKS_FAILED

SQL = sql.beside(__file__)

TICK: Final = 0.5
"""Seconds between two looks for due jobs, where nothing wakes the runner earlier."""

LIMIT: Final = 1_000
"""Items that a job deals with in one run."""

AT_ONCE: Final = 2
"""Jobs that one process runs at a time: each may hold a connection."""

LEASE: Final = timedelta(minutes=5)
"""After how long a job is due again whose process died while it ran, at the latest."""

MEND_EVERY: Final = timedelta(minutes=1)
"""How often it is seen to that every job has a row, and may come due."""

AHEAD_MAX: Final = timedelta(minutes=10)
"""By how much clocks of several machines may differ. What is put off for longer was so by a clock that was wrong, or by
a program that doesn't know the job."""

MEND_CLOCK: Final = "Let both machines follow NTP. See docs/operating/monitoring.md."

LEFT_AFTER: Final = timedelta(hours=1)
"""After how long a job that has been due, and that this program does not know, is one that nobody knows any more."""

ALONE_AFTER: Final = timedelta(minutes=5)
"""How long jobs have been due where nobody runs them."""

RETRY: Final = timedelta(seconds=10)
"""When a job that failed runs again."""

log = structlog.get_logger("weiji.jobs")


class Job(Struct, frozen=True, kw_only=True):
    """A job: its name, how often it runs, and what it does.

    `work(database, limit)` deals with at most *limit* items and returns how many there were.
    """

    name: str
    every: timedelta
    work: Callable[[Database, int], Awaitable[int]]


async def get_jobs(reader: Reader) -> list[Row]:
    """Read how every job stands, by name."""
    return await reader.rows(SQL.get_jobs)


async def clock_fault(reader: Reader) -> str | None:
    """Say how far this machine's clock is from that of the database's machine, where it is too far."""
    ahead = clock.wall() - await reader.connection.fetchval("select clock_timestamp()")
    if abs(ahead) <= AHEAD_MAX:
        return None
    return f"this machine's clock is {abs(ahead)} {'ahead of' if ahead > timedelta() else 'behind'} the database's"


def are_alone(jobs: Iterable[Row], now: datetime) -> bool:
    """Tell whether nobody runs jobs: all that run every few minutes have been due for as long."""
    last = max((job["due_at"] for job in jobs if job["every"] <= ALONE_AFTER), default=None)
    return last is not None and last < now - ALONE_AFTER


class Runner:
    """Runs jobs as they come due, a few at a time, each for itself: a long one holds nothing up.

    Several processes share the work.
    """

    def __init__(self, database: Database, jobs: Sequence[Job]) -> None:
        self.database = database
        self.jobs = {job.name: job for job in jobs}
        self._busy: set[str] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look for due jobs now: the clock was turned."""
        self._wake.set()

    async def install(self) -> None:
        """Write a row for each job, and let none come due that this program does not know.

        A process of another version may know it: it has it come due again within `MEND_EVERY`.
        """
        async with self.database.transaction() as tx:
            await tx.run(SQL.retire_jobs, list(self.jobs), None)
        await self.mend()

    async def mend(self) -> None:
        """Write a row for each job that has none, and have due what is put off for longer than it can be.

        Nor does come due what a process of an older version left behind that ran beside this one.
        """
        names, everies = list(self.jobs), [job.every for job in self.jobs.values()]
        async with self.database.transaction() as tx:
            if fault := await clock_fault(tx):
                log.error("no job runs", reason=fault, mend=MEND_CLOCK)
                return
            await tx.run(SQL.install_jobs, names, everies, tx.now)
            await tx.run(SQL.retire_jobs, names, tx.now - LEFT_AFTER)
            await tx.run(SQL.bring_forward, names, [tx.now + every + AHEAD_MAX for every in everies], tx.now)

    async def run(self) -> None:
        """Run due jobs until cancelled."""
        await self.install()
        loop = asyncio.get_running_loop()
        mends_at = loop.time() + MEND_EVERY.total_seconds()
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    if loop.time() >= mends_at:
                        mends_at = loop.time() + MEND_EVERY.total_seconds()
                        await self.mend()
                    for job in await self._claim(job for job in self.jobs.values() if job.name not in self._busy):
                        self._busy.add(job.name)
                        group.create_task(self._go_on(job))
                except (*UNREACHABLE, *LOST_RACES) as error:
                    self.database.outage.warn(log, "not looked for jobs", error)
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK):
                        await self._wake.wait()
                self._wake.clear()

    async def run_due(self) -> bool:
        """Run what is due once, one after another. Returns whether any job found its limit: there is more to do."""
        more = False
        for job in await self._claim(self.jobs.values()):
            more = await self._run_one(job) or more
        return more

    async def _claim(self, free: Iterable[Job]) -> list[Job]:
        """Take jobs that are due: their next run is set before this one begins, so that nobody else runs them now."""
        jobs = list(free)
        async with self.database.transaction() as tx:
            if await clock_fault(tx):
                # What is due within a year would happen now, money released among it, and be done for ever.
                return []
            rows = await tx.rows(
                SQL.claim_jobs, [job.name for job in jobs], [tx.now + _lease(job) for job in jobs], tx.now
            )
        return [self.jobs[row["name"]] for row in rows]

    async def _go_on(self, job: Job) -> None:
        """Run a job for as long as it finds its limit; others have their turns between its runs."""
        try:
            more = True
            while more:
                async with self._turns:
                    more = await self._run_one(job, goes_on=True)
        except (*UNREACHABLE, *LOST_RACES) as error:
            self.database.outage.warn(log, "job not written down", error, job=job.name)
        except Exception:
            log.exception("job not written down", job=job.name)
            TASKS_FAILED.labels("jobs").inc()
        finally:
            self._busy.discard(job.name)

    async def _run_one(self, job: Job, *, goes_on: bool = False) -> bool:
        """Run a job; return whether it found its limit. Whoever *goes_on* then keeps it."""
        started = clock.now()
        holding = asyncio.create_task(self._hold(job))
        try:
            done = await job.work(self.database, LIMIT)
        except Exception as error:
            if isinstance(error, UNREACHABLE) and not isinstance(error, TimeoutError):
                raise
            is_said = isinstance(error, Unavailable) and self.database.outage.tells(error)
            if not isinstance(error, LOST_RACES) and not is_said:
                log.exception("job failed", job=job.name)
            JOBS_FAILED.labels(job.name).inc()
            reason = f"{type(error).__name__}: {error}".replace("\x00", "")
            async with self.database.transaction() as tx:
                await tx.run(SQL.record_job_failure, job.name, tx.now, reason, tx.now + RETRY)
            return False
        finally:
            holding.cancel()
            await asyncio.wait([holding])
        JOBS_DONE.labels(job.name).inc(done)
        is_more = done >= LIMIT
        async with self.database.transaction() as tx:
            due_at = tx.now + (job.every if not is_more else _lease(job) if goes_on else timedelta())
            await tx.run(SQL.record_job_run, job.name, started, tx.now, done, due_at)
        return is_more

    async def _hold(self, job: Job) -> None:
        """Keep a job that runs from other processes. Who dies leaves it due when its time, or LEASE, is over."""
        while True:
            await asyncio.sleep(_lease(job).total_seconds() / 2)
            with suppress(*UNREACHABLE, *LOST_RACES):
                async with self.database.transaction() as tx:
                    await tx.run(SQL.hold_job, job.name, tx.now + _lease(job))


def _lease(job: Job) -> timedelta:
    """Say for how long a process has a job before others may take it; while it runs it is held for longer."""
    return min(job.every, LEASE)
