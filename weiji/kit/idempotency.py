"""Answers of requests that carried an Idempotency-Key, kept so that the same request again gets the same answer.

The answer is stored in the transaction of its effect. Two writers racing on one new key: the primary key lets one
commit, the other's batch runs again and finds the answer. IETF draft-ietf-httpapi-idempotency-key-header-07 (an
expired draft, and the only text there is). Answers are kept 30 days; after that the commands' own ids still tell.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Transaction
from weiji.kit.ids import shard_of

SQL = sql.beside(__file__)

KEEP: Final = timedelta(days=30)


class Key(Struct, frozen=True):
    """An Idempotency-Key and its scope. `body_hash` is SHA-256 over method, route and canonical body."""

    caller_id: UUID
    route: str
    key: str
    body_hash: bytes

    def __hash__(self) -> int:
        return hash((self.caller_id, self.route, self.key))

    def __eq__(self, other: object) -> bool:
        """The body does not count: the same key with another body is a conflict, not another key."""
        return (
            isinstance(other, Key)
            and self.caller_id == other.caller_id
            and self.route == other.route
            and self.key == other.key
        )


class IdempotencyConflict(Exception):
    """The key was used for another request: 422, nothing was done."""


class Stored(Struct, frozen=True):
    """The results of the request that a key was used for first."""

    body_hash: bytes
    results: list[Any]
    is_replayed: bool = True

    def check(self, key: Key) -> "Stored | IdempotencyConflict":
        """Answer with what is stored, if *key* came with the same request."""
        return self if key.body_hash == self.body_hash else IdempotencyConflict(key.key)

    def replayed(self) -> "Stored":
        """The same, for whoever asks second."""
        return Stored(self.body_hash, self.results)


async def find(tx: Transaction, keys: Sequence[tuple[Key, UUID]]) -> dict[Key, Stored]:
    """Find the answers stored for *keys*, each with the id whose shard it is stored in."""
    rows = await tx.rows(
        SQL.find_idempotency_keys,
        [shard_of(owner) for _, owner in keys],
        [key.caller_id for key, _ in keys],
        [key.route for key, _ in keys],
        [key.key for key, _ in keys],
    )
    found = {}
    for row in rows:
        key = Key(row["caller_id"], row["route"], row["key"], row["body_hash"])
        found[key] = Stored(row["body_hash"], msgspec.json.decode(row["response"]))
    return found


async def store(tx: Transaction, answers: Sequence[tuple[Key, UUID, bytes]]) -> None:
    """Keep the answers (JSON) of requests whose effects *tx* writes."""
    if not answers:
        return
    await tx.run(
        SQL.store_idempotency_keys,
        [shard_of(owner) for _, owner, _ in answers],
        [key.caller_id for key, _, _ in answers],
        [key.route for key, _, _ in answers],
        [key.key for key, _, _ in answers],
        [key.body_hash for key, _, _ in answers],
        [body for _, _, body in answers],
        tx.now,
    )


async def forget(tx: Transaction) -> None:
    """Delete answers older than 30 days, a bounded number at a time."""
    await tx.run(SQL.forget_idempotency_keys, tx.now - KEEP)
