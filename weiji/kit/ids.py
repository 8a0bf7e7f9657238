"""Ids that know where they live: UUIDs whose last six bits are their shard.

`new_id` makes a UUIDv7 (RFC 9562, section 5.7), so that ids made later sort later; `derive` makes
an id from a business fact, so that the same fact gives the same id for ever.
"""

from hashlib import sha1
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

SHARDS: Final = 64
"""The number of shards. It never changes."""

SHARD_MASK: Final = SHARDS - 1
_CLEAR: Final = (1 << 128) - 1 - SHARD_MASK
_VERSION_CLEAR: Final = ~((0xF << 76) | (0x3 << 62))
_VERSION_5: Final = (5 << 76) | (0x2 << 62)


def shard_of(id: UUID) -> int:
    """Tell the shard (0…63) that an id lives in."""
    return id.int & SHARD_MASK


def new_id(near: UUID | None = None) -> UUID:
    """Make an id, in the shard of its owner *near*; without one, in a shard of its own."""
    made = uuid7()
    if near is None:
        return made
    return UUID(int=made.int & _CLEAR | near.int & SHARD_MASK)


def derive(owner: UUID, *fact: object) -> UUID:
    """Make the id of a fact about *owner* (UUIDv5 over its bytes), in the owner's shard.

    `derive(order_id, "release", 1)` is the same for ever, so what has this id happens once.
    """
    digest = sha1(owner.bytes + ":".join(map(str, fact)).encode(), usedforsecurity=False).digest()
    made = int.from_bytes(digest[:16], "big") & _VERSION_CLEAR & _CLEAR
    return UUID(int=made | _VERSION_5 | owner.int & SHARD_MASK)


def first_id(shard: int, name: str) -> UUID:
    """Make the id of a thing that every shard has one of, such as a platform's account in that shard."""
    return derive(UUID(int=shard), name)


def shards_of(ids: "list[UUID] | tuple[UUID, ...]") -> list[int]:
    """Tell the shard of each id, in order."""
    return [id.int & SHARD_MASK for id in ids]
