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
PREFIXES: Final = (PREFIX, COMBINED_PREFIX, TRANSFER_PREFIX)
"""Of what programs get, and hand on to payers."""

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
    return _write(prefix, order_id, wall + lasts, b"")


def write_complaint_ticket(order_id: UUID, guest_id: UUID, wall: datetime) -> str:
    """Write the ticket with which the guest who paid an order complains of it."""
    return _write(COMPLAINT_PREFIX, order_id, wall + COMPLAINT_LASTS, guest_id.bytes)


def read_ticket(text: str, wall: datetime) -> Ticket | None:
    """Read a ticket to something that is paid; None: it is none of ours, or is over."""
    return _read(text, wall, PREFIXES, b"")


def is_complaint_ticket(text: str, order_id: UUID, payer_id: UUID, wall: datetime) -> bool:
    """Tell whether a ticket was written for who paid an order, to complain of it, and is not over."""
    ticket = _read(text, wall, (COMPLAINT_PREFIX,), payer_id.bytes)
    return ticket is not None and ticket.order_id == order_id


def _write(prefix: str, order_id: UUID, ends_at: datetime, holder: bytes) -> str:
    named = order_id.bytes + int(ends_at.timestamp()).to_bytes(_TIME_BYTES)
    return prefix + base64.urlsafe_b64encode(named + _mark(prefix, named, holder)).rstrip(b"=").decode()


def _read(text: str, wall: datetime, prefixes: tuple[str, ...], holder: bytes) -> Ticket | None:
    prefix, body = text[: len(PREFIX)], text[len(PREFIX) :]
    if prefix not in prefixes or not text.isascii():
        return None
    try:
        content = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    named, mark = content[: _ID_BYTES + _TIME_BYTES], content[_ID_BYTES + _TIME_BYTES :]
    if len(named) != _ID_BYTES + _TIME_BYTES or not hmac.compare_digest(mark, _mark(prefix, named, holder)):
        return None
    ends_at = datetime.fromtimestamp(int.from_bytes(named[_ID_BYTES:]), UTC)
    return Ticket(UUID(bytes=named[:_ID_BYTES]), ends_at, prefix) if wall < ends_at else None


def _mark(prefix: str, named: bytes, holder: bytes) -> bytes:
    # A program has the tickets to what it sells: none of them may become, by other letters, its payer's to complain.
    marked = prefix.encode() + named + holder if prefix == COMPLAINT_PREFIX else named
    return hmac.digest(KEYS.derive(_PURPOSE), marked, "sha256")[:MARK_BYTES]
