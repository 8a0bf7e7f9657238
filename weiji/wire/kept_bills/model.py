"""The words of bills that were written: a bill, and the pages that it is kept in."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class KeptBill(Struct, frozen=True, kw_only=True):
    """A bill as it was written, packed, for as long as its addresses are good. Times are the machine's."""

    id: UUID
    mchid: str
    """Who asked for it."""
    what: str
    """What was asked for, but for the moment of asking."""
    pages: int
    text_bytes: int
    packed_bytes: int
    hash: str
    """Of the text (SHA-1, in hexadecimal digits)."""
    begun_at: datetime
    done_at: datetime
    ends_at: datetime


class Page(Struct, frozen=True, kw_only=True):
    """A piece of a packed bill, that unpacks to some of its lines behind those before it."""

    bill_id: UUID
    place: int
    ends_at: datetime
    content: bytes
