"""Tickets to the cashier: what `prepay_id` and `code_url` are. They name an order for two hours, and nothing is stored.

A ticket is the order's id, when it ends, and a mark of ours; so whoever has none can't look at orders by guessing.
"""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.kit.seal import KEYS

LASTS: Final = timedelta(hours=2)
MARK_BYTES: Final = 12
PREFIX: Final = "wj"
COMBINED_PREFIX: Final = "wc"
"""Of tickets to combined orders."""
TRANSFER_PREFIX: Final = "wt"
"""Of tickets to transfers: what `package_info` is."""
COMPLAINT_PREFIX: Final = "wq"
"""Of tickets to the complaint about an order: a guest gets one after paying."""
COMPLAINT_LASTS: Final = timedelta(days=365)
"""How long these are good: as long as an order may be complained about, and what comes of it."""
PREFIXES: Final = (PREFIX, COMBINED_PREFIX, TRANSFER_PREFIX, COMPLAINT_PREFIX)

_PURPOSE: Final = "wire.tickets"
_ID_BYTES: Final = 16
_TIME_BYTES: Final = 5


class Ticket(Struct, frozen=True):
    """Who may look at which order, until when."""

    order_id: UUID
    """Or that of the transfer bill."""
    ends_at: datetime
    prefix: str = PREFIX

    @property
    def is_combined(self) -> bool:
        """Whether it leads to a combined order."""
        return self.prefix == COMBINED_PREFIX


def write_ticket(order_id: UUID, wall: datetime, *, prefix: str = PREFIX, lasts: timedelta = LASTS) -> str:
    """Write a ticket that is good from now on: 46 letters, digits, hyphens and underscores."""
    named = order_id.bytes + int((wall + lasts).timestamp()).to_bytes(_TIME_BYTES)
    return prefix + base64.urlsafe_b64encode(named + _mark(named)).rstrip(b"=").decode()


def read_ticket(text: str, wall: datetime) -> Ticket | None:
    """Read a ticket; None: it is none of ours, or is over."""
    prefix, body = text[: len(PREFIX)], text[len(PREFIX) :]
    if prefix not in PREFIXES or not text.isascii():
        return None
    try:
        content = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    named, mark = content[: _ID_BYTES + _TIME_BYTES], content[_ID_BYTES + _TIME_BYTES :]
    if len(named) != _ID_BYTES + _TIME_BYTES or not hmac.compare_digest(mark, _mark(named)):
        return None
    ends_at = datetime.fromtimestamp(int.from_bytes(named[_ID_BYTES:]), UTC)
    return Ticket(UUID(bytes=named[:_ID_BYTES]), ends_at, prefix) if wall < ends_at else None


def _mark(named: bytes) -> bytes:
    return hmac.digest(KEYS.derive(_PURPOSE), named, "sha256")[:MARK_BYTES]
