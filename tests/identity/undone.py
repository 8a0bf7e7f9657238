"""A part of a test whose writes are taken back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hypothesis import HealthCheck, settings

from weiji.kit.db import Transaction

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""For properties that ask PostgreSQL: fewer examples, and all of them in the transaction of one test."""


@asynccontextmanager
async def undone(tx: Transaction) -> AsyncIterator[None]:
    """Take back what happens inside."""
    savepoint = tx.connection.transaction()
    await savepoint.start()
    try:
        yield
    finally:
        await savepoint.rollback()
