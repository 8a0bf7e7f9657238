"""This installation: made once, on an empty database, and read by every process that starts."""

from datetime import datetime, timedelta
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

MEND_KEY: Final = "Bring the key back from its backup, or correct WEIJI_SECRET. See docs/operating/backup.md."

ROOT_FAULT: Final = "what the database keeps of the first master key was changed"

MEND_ROOT: Final = "Restore a backup, or bring the first master key back. See docs/operating/backup.md."


class Installation(Struct, frozen=True):
    """What was settled when it was made: its lanes, and whether its clock may be turned."""

    id: UUID
    lanes: int
    clock_offset: timedelta
    is_clock_free: bool
    created_at: datetime
    key_mark: bytes | None = None
    """What it knows its master key by; None before the first start with a key."""
    root_sealed: bytes | None = None
    """The first master key, the root of what is derived, sealed with the one in use; None while that is the first."""


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


async def open_keys(database: Database, source: seal.Source) -> None:
    """Take over the master key of the settings, else of the data folder; the first start makes one.

    Raises CannotStart where it is not the one that this installation's sealed columns and passwords hang on: with
    another, all of them would be lost, and what is sealed from then on would be, too, once the right one is back.
    """
    found = await get_installation(database)
    if fault := find_key_fault(found.key_mark, source):
        raise CannotStart(fault, MEND_KEY)
    try:
        take_keys(seal.KEYS, found.id, found.key_mark, found.root_sealed, source)
    except seal.Unsealable as error:
        raise CannotStart(ROOT_FAULT, MEND_ROOT) from error
    if found.key_mark is None:
        async with database.transaction() as tx:
            await tx.run(SQL.mark_key, seal.KEYS.mark)
        await open_keys(database, source)  # Of two processes that start at once, one has set the mark.


def take_keys(keys: seal.Keys, id: UUID, mark: bytes | None, root_sealed: bytes | None, source: seal.Source) -> None:
    """Have *keys* be those of an installation: of all in *source* the one with its mark is in use.

    So a key that is to take its place may be there already, and all processes change together. Raises MasterKeyError;
    Unsealable where somebody changed what the installation keeps of its first key.
    """
    masters = source.read(make=mark is None)
    master = next((each for each in masters if mark in (None, seal.mark_of(each))), None)
    if master is None:
        raise seal.MasterKeyError(f"{source.where} is not the master key of this installation")
    root = None
    if mark and root_sealed:
        # Others use *keys* meanwhile: they must never be without the root.
        opener = seal.Keys()
        opener.use(master)
        root = opener.unseal_bytes(root_sealed, seal.ROOT, id)
    keys.use(master, former=masters, root=root, source=source)


def find_key_fault(mark: bytes | None, source: seal.Source) -> str | None:
    """Say what is wrong with the master key of an installation with this mark. Nothing is made."""
    try:
        if not source.secret and not source.path.exists():
            return f"the master key of this installation is not there: {source.path}" if mark else None
        marks = {seal.mark_of(each) for each in source.read()}
    except (seal.MasterKeyError, OSError) as error:
        return str(error)
    return None if mark is None or mark in marks else f"{source.where} is not the master key of this installation"


async def turn_clock(tx: Transaction, by: timedelta) -> bool:
    """Turn the clock forward, for every process. Returns whether this installation's clock may be turned."""
    row = await tx.row(SQL.turn_clock, by)
    if row is None:
        return False
    clock.CLOCK.follow(row["clock_offset"])
    return True
