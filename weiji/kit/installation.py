"""This installation: made once, on an empty database, and read by every process that starts."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import asyncpg
from msgspec import Struct

from weiji.kit import clock, sql
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import SHARDS, new_id

SQL = sql.beside(__file__)

LANES: Final = 1
"""Lanes of an installation on one database. With two, batches are half as large, and a fifth fewer requests are served:
while the batch of one operation waits for the disk, that of another thinks."""


class Installation(Struct, frozen=True):
    """What was settled when it was made: its lanes, and whether its clock may be turned."""

    id: UUID
    lanes: int
    clock_offset: timedelta
    is_clock_free: bool
    created_at: datetime


async def install(url: str, *, mode: Literal["live", "sandbox", "demo"], lanes: int = LANES) -> None:
    """Settle what never changes, if it is not settled yet.

    On Citus each shard is a lane, since a statement that locks must go to one shard. Raises ValueError where *lanes*
    don't divide the shards.
    """
    Lanes(lanes)
    connection = await asyncpg.connect(url)
    try:
        is_citus = await connection.fetchval("select exists (select from pg_extension where extname = 'citus')")
        await connection.execute(
            "insert into kit.installation (id, lanes, is_clock_free, created_at) values ($1, $2, $3, $4)"
            " on conflict do nothing",
            new_id(),
            SHARDS if is_citus else lanes,
            mode != "live",
            clock.now(),
        )
    finally:
        await connection.close()


async def get_installation(database: Database) -> Installation:
    """Read it, and let this process's clock follow the one of the database."""
    async with database.read() as reader:
        row = await reader.row(SQL.get_installation)
    if row is None:
        raise LookupError("nothing is installed on this database: run `weiji migrate`")
    found = Installation(*row.values())
    clock.CLOCK.follow(found.clock_offset)
    return found


async def turn_clock(tx: Transaction, by: timedelta) -> bool:
    """Turn the clock forward, for every process. Returns whether this installation's clock may be turned."""
    row = await tx.row(SQL.turn_clock, by)
    if row is None:
        return False
    clock.CLOCK.follow(row["clock_offset"])
    return True
