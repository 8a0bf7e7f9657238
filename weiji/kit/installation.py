"""This installation: made once, on an empty database, and read by every process that starts."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import asyncpg
from msgspec import Struct

from weiji.kit import clock, seal, sql
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import SHARDS, new_id
from weiji.kit.reaching import CannotStart

SQL = sql.beside(__file__)

LANES: Final = 1
"""Lanes of an installation on one database. With two, batches are half as large, and a fifth fewer requests are served:
while the batch of one operation waits for the disk, that of another thinks."""

KEY_MARK: Final = "installation.mark"
"""What the mark of the master key is derived for."""

MEND_KEY: Final = "Bring the key back from its backup, or correct WEIJI_SECRET. See docs/operating/backup.md."


class Installation(Struct, frozen=True):
    """What was settled when it was made: its lanes, and whether its clock may be turned."""

    id: UUID
    lanes: int
    clock_offset: timedelta
    is_clock_free: bool
    created_at: datetime
    key_mark: bytes | None = None
    """What its master key gives for `KEY_MARK`; None before the first start with a key."""


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


async def open_keys(database: Database, secret: str | None, data: Path) -> None:
    """Take over the master key of the settings, else of the data folder; the first start makes one.

    Raises CannotStart where it is not the one that this installation's sealed columns and passwords hang on: with
    another, all of them would be lost, and what is sealed from then on would be, too, once the right one is back.
    """
    found = await get_installation(database)
    if fault := find_key_fault(found.key_mark, secret, data):
        raise CannotStart(fault, MEND_KEY)
    seal.KEYS.open(secret, data)
    if found.key_mark is None:
        async with database.transaction() as tx:
            await tx.run(SQL.mark_key, seal.KEYS.derive(KEY_MARK))
        await open_keys(database, secret, data)  # Of two processes that start at once, one has set the mark.


def find_key_fault(mark: bytes | None, secret: str | None, data: Path) -> str | None:
    """Say what is wrong with the master key of an installation with this mark. Nothing is made."""
    path = data / "keys" / "master.key"
    where = "WEIJI_SECRET" if secret else str(path)
    try:
        if not secret and not path.exists():
            return f"the master key of this installation is not there: {path}" if mark else None
        keys = seal.Keys()
        keys.open(secret, data)
    except (seal.MasterKeyError, OSError) as error:
        return str(error)
    return None if mark in (None, keys.derive(KEY_MARK)) else f"{where} is not the master key of this installation"


async def turn_clock(tx: Transaction, by: timedelta) -> bool:
    """Turn the clock forward, for every process. Returns whether this installation's clock may be turned."""
    row = await tx.row(SQL.turn_clock, by)
    if row is None:
        return False
    clock.CLOCK.follow(row["clock_offset"])
    return True
