"""Types for the statements in queries.sql."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from weiji.developers.model import CreateKey, Key
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction
from weiji.kit.ids import shard_of, shards_of

SQL = sql.beside(__file__)

LISTED_MAX: Final = 100

ENDED_SHOWN: Final = 20
"""Keys without use that their person's page shows."""


async def lock_keys(tx: Transaction, people: Sequence[UUID], ids: Sequence[UUID]) -> list[Key]:
    """Lock keys of people, in the order of their ids, and read them."""
    return [_key(row) for row in await tx.rows(SQL.lock_keys, shards_of(people), ids)]


async def count_live_keys(tx: Transaction, people: Sequence[UUID]) -> dict[UUID, int]:
    """Count the keys of people that are good for something."""
    rows = await tx.rows(SQL.count_live_keys, shards_of(people), people, tx.now)
    return {row["person_id"]: row["keys"] for row in rows}


async def create_keys(tx: Transaction, commands: Sequence[CreateKey]) -> None:
    """Write new keys."""
    await tx.run(
        SQL.create_keys,
        [shard_of(command.person_id) for command in commands],
        [command.id for command in commands],
        [command.person_id for command in commands],
        [command.name for command in commands],
        [" ".join(command.scopes) for command in commands],
        [command.secret_hash for command in commands],
        [command.expires_at for command in commands],
        tx.now,
    )


async def revoke_keys(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Write that keys are worthless from now on."""
    await tx.run(SQL.revoke_keys, shards_of(ids), ids, tx.now)


async def get_keys(reader: Reader, person_id: UUID, after: UUID | None = None, limit: int = LISTED_MAX) -> list[Key]:
    """List the keys of a person, the newest first, those without use too; from the one after *after*."""
    rows = await reader.rows(SQL.get_keys, shard_of(person_id), person_id, after, limit)
    return [_key(row) for row in rows]


async def get_shown_keys(reader: Reader, person_id: UUID, now: datetime) -> list[Key]:
    """Read all keys of a person that are good for something, and the last that are not, the newest first."""
    rows = await reader.rows(SQL.get_shown_keys, shard_of(person_id), person_id, now, LISTED_MAX, ENDED_SHOWN)
    return [_key(row) for row in rows]


def _key(row: Row) -> Key:
    fields = dict(row)
    return Key(**{**fields, "scopes": tuple(fields["scopes"])})
