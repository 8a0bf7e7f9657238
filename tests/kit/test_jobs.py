"""Proves that jobs run when they are due, again where there is more, and later where they failed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import Struct

from weiji.kit import clock, jobs
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Transaction
from weiji.kit.deadlines import FIRST, LAST, Deadlines, list_set_aside
from weiji.kit.ids import new_id
from weiji.kit.installation import get_installation, turn_clock
from weiji.kit.jobs import AHEAD_MAX, LEASE, LEFT_AFTER, LIMIT, Job, Runner, get_jobs

HOUR = timedelta(hours=1)


async def test_a_job_runs_once_when_it_is_due(database: Database) -> None:
    runs: list[int] = []

    async def work(_: Database, limit: int) -> int:
        runs.append(limit)
        return 3

    runner = Runner(database, [Job(name="count", every=HOUR, work=work)])
    await runner.install()
    assert not await runner.run_due()
    assert not await runner.run_due()
    assert len(runs) == 1
    async with database.read() as reader:
        row = (await get_jobs(reader))[0]
    assert (row["name"], row["items"], row["total_items"], row["runs"], row["failures"]) == ("count", 3, 3, 1, 0)


async def test_a_job_that_found_its_limit_runs_again_at_once(database: Database) -> None:
    left = [LIMIT, LIMIT, 20]

    async def work(_: Database, limit: int) -> int:
        return min(left.pop(0), limit)

    runner = Runner(database, [Job(name="dig", every=HOUR, work=work)])
    await runner.install()
    while await runner.run_due():
        pass
    assert left == []


async def test_a_failure_is_written_down_and_put_off(database: Database) -> None:
    async def work(_: Database, __: int) -> int:
        raise ValueError("out of paper")

    runner = Runner(database, [Job(name="print", every=HOUR, work=work)])
    await runner.install()
    await runner.run_due()
    async with database.read() as reader:
        row = (await get_jobs(reader))[0]
    assert (row["failures"], row["error"]) == (1, "ValueError: out of paper")
    assert row["due_at"] > row["ended_at"]


async def test_a_file_that_can_not_be_written_is_a_failure_and_not_the_database_s(database: Database) -> None:
    async def work(_: Database, __: int) -> int:
        raise PermissionError(13, "Permission denied", "media/ab")

    runner = Runner(database, [Job(name="sweep", every=HOUR, work=work)])
    await runner.install()
    await runner.run_due()
    async with database.read() as reader:
        row = (await get_jobs(reader))[0]
    assert row["failures"] == 1
    assert "Permission denied" in row["error"]


async def test_what_another_program_ran_is_not_due_until_one_that_knows_it_runs_again(database: Database) -> None:
    async def work(_: Database, __: int) -> int:
        return 0

    async def due() -> list[str]:
        async with database.read() as reader:
            return [row["name"] for row in await get_jobs(reader) if row["due_at"] <= clock.now()]

    newer = Runner(database, [Job(name=name, every=HOUR, work=work) for name in ("common", "new")])
    older = Runner(database, [Job(name="common", every=HOUR, work=work)])
    await newer.install()
    await older.install()
    assert await due() == ["common"]
    await newer.mend()
    assert await due() == ["common", "new"]
    await older.mend()
    assert await due() == ["common", "new"], "somebody who knows it may be about to run it"
    before = CLOCK.offset
    try:
        CLOCK.follow(before + LEFT_AFTER + timedelta(minutes=1))
        await older.mend()
        assert await due() == ["common"], "nobody has run it for an hour"
    finally:
        CLOCK.follow(before)


async def test_a_job_that_a_wrong_clock_put_off_for_years_comes_due_once_the_clock_is_right(database: Database) -> None:
    runs = 0

    async def work(_: Database, __: int) -> int:
        nonlocal runs
        runs += 1
        return 0

    runner = Runner(database, [Job(name="daily", every=24 * HOUR, work=work)])
    before = CLOCK.offset
    try:
        CLOCK.follow(before + timedelta(days=3_650))
        await runner.install()
        await runner.run_due()
    finally:
        CLOCK.follow(before)
    await runner.mend()
    await runner.run_due()
    assert runs == 2


async def test_with_a_clock_other_than_the_database_s_nothing_comes_due(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    async def work(_: Database, _limit: int) -> int:
        ran.append(clock.now())
        return 0

    runner = Runner(database, [Job(name="test.wrong", every=timedelta(hours=1), work=work)])
    await runner.install()
    assert not await runner.run_due()
    assert len(ran) == 1
    now = CLOCK.now
    for wrong in (timedelta(days=365), timedelta(days=-1), AHEAD_MAX + timedelta(seconds=5)):
        monkeypatch.setattr(CLOCK, "now", lambda wrong=wrong: now() + wrong)
        await runner.install()
        await runner.run_due()
    assert len(ran) == 1, "an hour has not passed, and what has not may not be done"
    monkeypatch.undo()
    monkeypatch.setattr(CLOCK, "offset", CLOCK.offset + timedelta(hours=1))
    await runner.run_due()
    assert len(ran) == 2


async def test_a_long_job_holds_nothing_up_and_one_whose_process_died_comes_again(database: Database) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()
    is_done = False

    async def dig(_: Database, __: int) -> int:
        begun.set()
        await asyncio.Event().wait()
        return 0

    async def count(_: Database, __: int) -> int:
        await begun.wait()
        ended.set()
        return 0

    def runner(work: Any) -> Runner:
        return Runner(
            database, [Job(name="dig", every=24 * HOUR, work=work), Job(name="count", every=HOUR, work=count)]
        )

    running = asyncio.create_task(runner(dig).run())
    await asyncio.wait_for(ended.wait(), 60)
    running.cancel()
    await asyncio.wait([running])

    async def finish(_: Database, __: int) -> int:
        nonlocal is_done
        is_done = True
        return 0

    before = CLOCK.offset
    try:
        await runner(finish).run_due()
        assert not is_done, "it has its time to end"
        CLOCK.follow(before + LEASE)
        await runner(finish).run_due()
        assert is_done
    finally:
        CLOCK.follow(before)


async def test_a_job_that_runs_is_no_other_process_s_however_long_it_takes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=1))
    monkeypatch.setattr(jobs, "TICK", 0.01)
    running, together, left = 0, 0, [LIMIT, LIMIT, 0]
    over = asyncio.Event()

    async def work(_: Database, limit: int) -> int:
        nonlocal running, together
        running += 1
        together = max(together, running)
        await asyncio.sleep(1.6 if len(left) == 3 else 0.1)  # Longer than it is claimed for, once.
        running -= 1
        done = left.pop(0)
        if not left:
            over.set()
        return min(done, limit)

    runners = [Runner(database, [Job(name="dig", every=HOUR, work=work)]) for _ in range(2)]
    tasks = [asyncio.create_task(runner.run()) for runner in runners]
    await asyncio.wait_for(over.wait(), 60)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert together == 1


async def test_turning_the_clock_makes_jobs_due(database: Database) -> None:
    runs = 0

    async def work(_: Database, __: int) -> int:
        nonlocal runs
        runs += 1
        return 0

    before = CLOCK.offset
    try:
        runner = Runner(database, [Job(name="daily", every=24 * HOUR, work=work)])
        await runner.install()
        await runner.run_due()
        async with database.transaction() as tx:
            assert await turn_clock(tx, 25 * HOUR)
        assert (await get_installation(database)).clock_offset == 25 * HOUR
        await runner.run_due()
        assert runs == 2
        async with database.transaction() as tx:
            assert not await turn_clock(tx, -HOUR), "time does not go back"
    finally:
        CLOCK.follow(before)


async def test_a_live_installation_keeps_its_clock(database: Database) -> None:
    async with database.pool.acquire() as connection:
        await connection.execute("set role none; update kit.installation set is_clock_free = false; set role weiji_app")
    async with database.transaction() as tx:
        assert not await turn_clock(tx, HOUR)


class Thing(Struct, frozen=True):
    """Something that is due."""

    id: UUID


async def test_who_walks_pages_counts_the_tries_of_what_is_on_the_later_ones(database: Database) -> None:
    """One is broken on each of two pages. Each page is read by itself, long after they were to be tried again."""
    due = sorted(new_id() for _ in range(4))
    broken = {due[1], due[3]}

    async def do(_: Transaction, commands: Sequence[Thing]) -> list[bool]:
        if any(command.id in broken for command in commands):
            raise ZeroDivisionError("a fault of ours")
        return [True for _ in commands]

    deadlines = Deadlines(Batchers(database, Lanes(1)), "walk")

    async def walk() -> list[tuple[UUID, int]]:
        for page, after, last in ((due[:2], FIRST, due[1]), (due[2:], due[1], LAST)):
            async with database.read() as reader:
                aside = await deadlines.read(reader)
            await deadlines.meet(database, aside, [(do, Thing(id)) for id in page], after=after, last=last)
        async with database.read() as reader:
            return sorted((row["id"], row["attempts"]) for row in await list_set_aside(reader, 9))

    for times in (1, 2, 3):
        assert await walk() == sorted((id, times) for id in broken)
        CLOCK.follow(CLOCK.offset + HOUR)
    # What is not due any more on its own page is over; what heals is done.
    due.pop(1)
    broken.remove(due[-1])
    assert await walk() == []
