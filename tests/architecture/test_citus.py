"""Proves that Citus runs every statement, where `WEIJI_TEST_CITUS_URL` names a database that `weiji migrate` filled.

The wheel's PostgreSQL has no Citus, so elsewhere this is left out: see docs/operating/scaling.md.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.architecture.test_sql import STATEMENTS
from weiji.kit.db import Database

URL = os.environ.get("WEIJI_TEST_CITUS_URL")
NOW = datetime(2026, 1, 2, tzinfo=UTC)

VALUES: dict[str, Any] = {
    "uuid": UUID("01900000-0000-7000-8000-000000000005"), "int2": 5, "int4": 1, "int8": 1, "text": "1", "bool": False,
    "timestamptz": NOW, "date": NOW.date(), "interval": timedelta(days=1), "bytea": b"x", "jsonb": {},
    "inet": "10.0.0.1", "float8": 1.0, "float4": 1.0, "numeric": 1,
}  # fmt: skip
"""A value of each type. All are of one shard: so is a batch on Citus, where every shard is a lane."""

REFUSED = (asyncpg.FeatureNotSupportedError, asyncpg.PostgresSyntaxError)
REPARTITIONS = "repartitioning"


@pytest.mark.skipif(URL is None, reason="WEIJI_TEST_CITUS_URL names no cluster")
async def test_citus_runs_every_statement() -> None:
    assert URL
    database = await Database.connect(URL, connections=1)
    failed = []
    async with database.pool.acquire() as connection:
        for _, statement in STATEMENTS:
            transaction = connection.transaction()
            await transaction.start()
            try:
                types = [type.name for type in (await connection.prepare(statement.text)).get_parameters()]
                await connection.fetch(statement.text, *map(_value_of, types))
            except REFUSED as error:
                failed.append(f"{statement.name}: {error}")
            except asyncpg.PostgresError as error:  # A constraint may have something against the values.
                if REPARTITIONS in str(error):
                    failed.append(f"{statement.name}: {error}")
            finally:
                await transaction.rollback()
    await database.close()
    assert not failed, "\n".join(failed)


def _value_of(type: str) -> Any:
    name = type.removesuffix("[]")
    value = VALUES.get(name, "1")
    return value if name == type else [value]
