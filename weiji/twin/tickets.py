"""Tickets: written and signed in the live installation, read in its twin, which has nothing but the public key."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from weiji.kit.seal import KEYS
from weiji.twin.model import SKEW_MAX, TICKET_LASTS, ArrivalFault, ArrivalRefused, Ticket

PURPOSE: Final = "twin.tickets"
TEXT_MAX: Final = 4_000
"""Characters of a ticket."""


def _signing_key() -> Ed25519PrivateKey:
    """Give the key that signs tickets: every process with the master key has the same."""
    return Ed25519PrivateKey.from_private_bytes(KEYS.derive(PURPOSE))


def public_key_text() -> str:
    """Give what a twin is told (`WEIJI_SANDBOX_OF`): the public key, in hex."""
    return _signing_key().public_key().public_bytes_raw().hex()


def write_ticket(ticket: Ticket) -> str:
    """Write a ticket, and sign it."""
    body = msgspec.json.encode(ticket)
    return f"{_encode(body)}.{_encode(_signing_key().sign(body))}"


def read_ticket(text: str, public_key: bytes, wall: datetime) -> Ticket:
    """Read what somebody came with. Raises ArrivalRefused: what it says is believed only once it was checked."""
    body, _, signature = text.partition(".") if len(text) <= TEXT_MAX and text.isascii() else ("", "", "")
    try:
        content = urlsafe_b64decode(body + "=" * (-len(body) % 4))
        Ed25519PublicKey.from_public_bytes(public_key).verify(
            urlsafe_b64decode(signature + "=" * (-len(signature) % 4)), content
        )
        ticket = msgspec.json.decode(content, type=Ticket)
    except (InvalidSignature, binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise ArrivalRefused(ArrivalFault.FORGED) from error
    if not ticket.written_at - SKEW_MAX <= wall < ticket.written_at + TICKET_LASTS:
        raise ArrivalRefused(ArrivalFault.EXPIRED)
    return ticket


def _encode(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
