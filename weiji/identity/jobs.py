"""What identity does by the clock: it forgets."""

from datetime import timedelta
from typing import Final

from weiji.identity.rules import SIGN_IN_LOCK
from weiji.identity.store import SQL
from weiji.kit.db import Database
from weiji.kit.jobs import Job

KEEP_ATTEMPTS: Final = timedelta(days=2)
"""Longer than any count of attempts matters."""

assert SIGN_IN_LOCK.quiet
assert SIGN_IN_LOCK.quiet < KEEP_ATTEMPTS


async def forget_sessions(database: Database, limit: int) -> int:
    """Delete sessions that have ended."""
    async with database.transaction() as tx:
        return len(await tx.rows(SQL.forget_sessions, tx.now, limit))


async def forget_attempts(database: Database, limit: int) -> int:
    """Delete counts of attempts that are long over."""
    async with database.transaction() as tx:
        return len(await tx.rows(SQL.forget_attempts, tx.now - KEEP_ATTEMPTS, limit))


JOBS: Final = (
    Job(name="forget_sessions", every=timedelta(hours=1), work=forget_sessions),
    Job(name="forget_attempts", every=timedelta(hours=1), work=forget_attempts),
)
