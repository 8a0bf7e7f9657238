"""Ids that know where they live: UUIDs whose last six bits are their shard.

`new_id` makes a UUIDv7 (RFC 9562, section 5.7), so that ids made later sort later; `derive` makes
an id from a business fact, so that the same fact gives the same id for ever. Both give asyncpg's UUID, a
subclass of the standard one written in C: made and hashed several times faster.
"""

from collections.abc import Iterable
from hashlib import sha1
from typing import Final
from uuid import UUID

from asyncpg.pgproto import pgproto
from uuid_utils import uuid7

SHARDS: Final = 64
"""The number of shards. It never changes."""

SHARD_MASK: Final = SHARDS - 1


def shard_of(id: UUID) -> int:
    """Tell the shard (0…63) that an id lives in."""
    return id.int & SHARD_MASK


def new_id(near: UUID | None = None) -> UUID:
    """Make an id, in the shard of its owner *near*; without one, in a shard of its own."""
    made = bytearray(uuid7().bytes)
    if near is not None:
        made[15] = made[15] & ~SHARD_MASK & 0xFF | near.int & SHARD_MASK
    return pgproto.UUID(bytes(made))


def derive(owner: UUID, *fact: object) -> UUID:
    """Make the id of a fact about *owner* (UUIDv5 over its bytes), in the owner's shard.

    `derive(order_id, "release", 1)` is the same for ever, so what has this id happens once.
    """
    made = bytearray(sha1(owner.bytes + ":".join(map(str, fact)).encode(), usedforsecurity=False).digest()[:16])
    made[6] = made[6] & 0x0F | 0x50
    made[8] = made[8] & 0x3F | 0x80
    made[15] = made[15] & ~SHARD_MASK & 0xFF | owner.int & SHARD_MASK
    return pgproto.UUID(bytes(made))


def first_id(shard: int, name: str) -> UUID:
    """Make the id of a thing that every shard has one of, such as a platform's account in that shard."""
    return derive(UUID(int=shard), name)


def shards_of(ids: Iterable[UUID]) -> list[int]:
    """Tell the shard of each id, in order: the column that is written beside them."""
    return [id.int & SHARD_MASK for id in ids]


def distinct_shards(ids: Iterable[UUID]) -> list[int]:
    """Name the shards that ids live in, each once, in order: where a statement looks for them."""
    return sorted({id.int & SHARD_MASK for id in ids})
