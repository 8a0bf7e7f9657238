"""Proves that what is over is forgotten, and nothing else."""

from datetime import timedelta

from tests.identity.people import ORIGIN, make_people
from weiji.identity.jobs import KEEP_ATTEMPTS, forget_attempts, forget_sessions
from weiji.identity.model import SignIn
from weiji.identity.rules import SESSION_IDLE
from weiji.identity.sign_in import sign_in, start_session
from weiji.identity.store import get_sessions
from weiji.kit import clock
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database
from weiji.kit.sql import Statement


async def test_sessions_and_attempts_are_forgotten_when_they_are_over(database: Database) -> None:
    before = CLOCK.offset
    try:
        async with database.transaction() as tx:
            (mei,) = await make_people(tx, 1)
        for _ in range(3):
            await start_session(database, mei, ORIGIN)
        await sign_in(database, SignIn(name="nobody", password="a wrong password"), ORIGIN)
        CLOCK.follow(before + SESSION_IDLE + timedelta(minutes=1))
        fresh = await start_session(database, mei, ORIGIN)
        await sign_in(database, SignIn(name="another", password="a wrong password"), ORIGIN)
        # So many at a time, and what is alive stays.
        assert [await forget_sessions(database, 2) for _ in range(3)] == [2, 1, 0]
        async with database.read() as reader:
            assert [session.id for session in await get_sessions(reader, mei, clock.now())] == [fresh.session_id]
            keys = Statement("test", "select count(*) from identity.attempts")
            assert await reader.value(keys) == 3
        assert KEEP_ATTEMPTS < SESSION_IDLE
        assert [await forget_attempts(database, 1) for _ in range(2)] == [1, 0]
        async with database.read() as reader:
            assert await reader.value(keys) == 2
    finally:
        CLOCK.follow(before)
