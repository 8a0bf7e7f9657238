"""Answers of requests that carried an Idempotency-Key, kept so that the same request again gets the same answer.

The answer is stored in the transaction of its effect, in the shard of its caller: a key is taken whatever it was used
for. A request over several lanes has a part in each. Two writers racing on one new key: one commits, the other's batch
runs again and finds the answer; so whoever comes while a request runs waits for its answer, and no 409 is needed. IETF
draft-ietf-httpapi-idempotency-key-header-07 (an expired draft, and the only text there is). Answers are kept 30 days;
after that the commands' own ids still tell.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import asyncpg
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
    """What is kept of the request that a key was used for first: the JSON of its results, for each lane."""

    body_hash: bytes
    parts: dict[int, bytes]


async def find(tx: Transaction, keys: Sequence[Key]) -> dict[Key, Stored]:
    """Find what is stored for *keys*."""
    rows = await tx.rows(
        SQL.find_idempotency_keys,
        [shard_of(key.caller_id) for key in keys],
        [key.caller_id for key in keys],
        [key.route for key in keys],
        [key.key for key in keys],
    )
    found = {}
    for row in rows:
        key = Key(row["caller_id"], row["route"], row["key"], row["body_hash"])
        found[key] = Stored(row["body_hash"], dict(zip(row["lanes"], row["responses"], strict=True)))
    return found


async def store(tx: Transaction, lane: int, answers: Sequence[tuple[Key, bytes]]) -> None:
    """Keep the answers (JSON) that a lane gave to requests, in the transaction of their effects.

    Raises SerializationError where somebody else used a key since it was looked for: all has to be done again.
    """
    if not answers:
        return
    # In one order everywhere, so that two batches with the same keys do not wait for each other in a circle.
    ordered = sorted(answers, key=lambda answer: (answer[0].caller_id, answer[0].route, answer[0].key))
    rows = await tx.rows(
        SQL.store_idempotency_keys,
        [shard_of(key.caller_id) for key, _ in ordered],
        [key.caller_id for key, _ in ordered],
        [key.route for key, _ in ordered],
        [key.key for key, _ in ordered],
        [key.body_hash for key, _ in ordered],
        lane,
        [body for _, body in ordered],
        tx.now,
    )
    if len(rows) < len(ordered):
        raise asyncpg.SerializationError("an idempotency key was used by somebody faster")


async def forget(tx: Transaction, limit: int) -> int:
    """Delete answers older than 30 days, at most so many; return how many."""
    return len(await tx.rows(SQL.forget_idempotency_keys, tx.now - KEEP, limit))
