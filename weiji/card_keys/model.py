"""The words of card keys: storing, discarding, handing out, and how each can end. None of them has a key's text."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

KEYS_MAX: Final = 5_000
"""Keys of one upload."""

KEY_MAX: Final = 500
"""Characters of a key: a number and a password, an address with a code, a licence."""

FREE_MAX: Final = 200_000
"""About how many keys of one SKU may wait to be sold: what is uploaded when there are as many is refused."""

TAIL: Final = 4
"""The most characters at the end of a key that its shop may still see."""


class Sealed(Struct, frozen=True, kw_only=True):
    """A key on its way into the store: sealed for its row. `line` is where it stood in the upload, from 1."""

    id: UUID
    line: int
    sealed: bytes
    tail: str
    blind_index: bytes


class Fault(StrEnum):
    """Why a line of an upload is no key to store."""

    DOUBLE = "double"
    """The shop has stored it before, or it stands in the upload twice."""
    TOO_LONG = "too_long"
    """Over 500 characters."""
    INVALID = "invalid"
    """It has characters that nobody sees or types."""


class StoreKeys(Struct, frozen=True, kw_only=True):
    """Store what a shop sells of a SKU.

    The caller makes `id`, in the shard of the shop, and has sealed the keys by it.
    """

    id: UUID
    shop_id: UUID
    sku_id: UUID
    keys: tuple[Sealed, ...]
    actor: Actor
    faults: tuple[tuple[int, Fault], ...] = ()
    """What was found wrong before, by line: it is told again with the answer."""


class StoreStatus(StrEnum):
    """How storing keys ended. Where several apply, the first listed is given."""

    STORED = "stored"
    """All keys that had no fault."""
    SKU_NOT_FOUND = "sku_not_found"
    """The shop has no such SKU."""
    NOT_VIRTUAL = "not_virtual"
    """The product is sent in parcels."""
    TOO_MANY_KEYS = "too_many_keys"
    """Over 5,000 at once, or over 200,000 that wait to be sold."""
    NO_KEYS = "no_keys"
    """There is no line that could be stored."""


class StoreResult(Struct, frozen=True):
    """The answer to storing keys: how many were new, and what was wrong with the others, by line."""

    status: StoreStatus
    stored: int = 0
    faults: tuple[tuple[int, Fault], ...] = ()


class DiscardKey(Struct, frozen=True, kw_only=True):
    """Take a key out of the store that nobody has bought. Nothing of it is left."""

    id: UUID
    shop_id: UUID
    sku_id: UUID
    actor: Actor


class DiscardStatus(StrEnum):
    """How discarding a key ended. Where several apply, the first listed is given."""

    DISCARDED = "discarded"
    KEY_NOT_FOUND = "key_not_found"
    """The shop has no such key of this SKU, or no longer."""
    HANDED_OUT = "handed_out"
    """A buyer has it."""
    PROMISED = "promised"
    """As many as there are are promised to orders that wait for their payment."""


class HandOut(Struct, frozen=True, kw_only=True):
    """Give an order its keys. `lines` are line number, SKU and quantity; as many are held for it."""

    order_id: UUID
    lines: tuple[tuple[int, UUID, int], ...]


class StoredKey(Struct, frozen=True, kw_only=True):
    """A key as its shop may see it."""

    id: UUID
    sku_id: UUID
    tail: str
    stored_at: datetime
    order_id: UUID | None
    handed_out_at: datetime | None


class HandedOutKey(Struct, frozen=True, kw_only=True):
    """A key of an order, still sealed."""

    id: UUID
    order_id: UUID
    line: int
    sealed: bytes
