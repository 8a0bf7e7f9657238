"""Proves that jobs run when they are due, again where there is more, and later where they failed."""

from datetime import timedelta

from weiji.kit.clock import CLOCK
from weiji.kit.db import Database
from weiji.kit.installation import get_installation, turn_clock
from weiji.kit.jobs import Job, Runner, get_jobs

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
    left = [500, 500, 20]

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
