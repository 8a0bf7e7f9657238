"""The hash chain: what a batch's hash covers, byte by byte, and who signs it.

hash = SHA-256(previous hash ‖ records), the records in order of time. Fixed widths, big endian; an absent id is 16
zero bytes. Ed25519 (RFC 8032) signs `lane ‖ batch ‖ hash`.
"""

import struct
from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from weiji.ledger.rules import AccountState, Failed, Made

ABSENT: Final = bytes(16)
NO_TIME: Final = -(2**63)

_ACCOUNT: Final = struct.Struct(">cq16sihh16s").pack
_TRANSFER: Final = struct.Struct(">cq16s16s16sqq16siihh16sq").pack
_HEAD: Final = struct.Struct(">hq32s").pack


def account_record(timestamp: int, id: UUID, ledger: int, code: int, flags: int, owner_id: UUID | None) -> bytes:
    """Write an account as it was opened."""
    return _ACCOUNT(b"a", timestamp, id.bytes, ledger, code, flags, owner_id.bytes if owner_id else ABSENT)


def transfer_record(made: Made) -> bytes:
    """Write a transfer."""
    pending_id, journal_id, effective_at = made.pending_id, made.journal_id, made.effective_at
    return _TRANSFER(
        b"t",
        made.timestamp,
        made.id.bytes,
        made.debit_account_id.bytes,
        made.credit_account_id.bytes,
        made.amount,
        made.requested,
        pending_id.bytes if pending_id else ABSENT,
        made.timeout,
        made.ledger,
        made.code,
        made.flags,
        journal_id.bytes if journal_id else ABSENT,
        NO_TIME if effective_at is None else effective_at,
    )


def failure_record(timestamp: int, id: UUID, status: str) -> bytes:
    """Write a failure that is remembered."""
    return b"f" + timestamp.to_bytes(8, "big") + id.bytes + status.encode() + b"\n"


def batch_hash(previous: bytes, records: Iterable[bytes]) -> bytes:
    """Chain a batch to the one before it."""
    return sha256(previous + b"".join(records)).digest()


def records_of(opened: list[AccountState], made: list[Made], failed: list[Failed]) -> list[bytes]:
    """Write the records of a batch, in order of time."""
    if not opened and not failed:
        return [transfer_record(m) for m in made]
    timed = [
        (a.created_at, account_record(a.created_at, a.id, a.ledger, a.code, a.flags & 7, a.owner_id)) for a in opened
    ]
    timed += [(m.timestamp, transfer_record(m)) for m in made]
    timed += [(f.timestamp, failure_record(f.timestamp, f.id, f.status)) for f in failed]
    timed.sort()
    return [record for _, record in timed]


def sign(key: Ed25519PrivateKey, lane: int, batch: int, hash: bytes) -> bytes:
    """Sign one head."""
    return key.sign(_HEAD(lane, batch, hash))


def is_signed(public_key: bytes, signature: bytes, lane: int, batch: int, hash: bytes) -> bool:
    """Check the signature of one head."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _HEAD(lane, batch, hash))
    except InvalidSignature:
        return False
    return True
