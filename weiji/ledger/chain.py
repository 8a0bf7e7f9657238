"""The hash chain: what a batch's hash covers, byte by byte, and who signs it.

hash = SHA-256(previous hash ‖ heading ‖ records), the records in order of time. Fixed widths, big endian; an absent id
is 16 zero bytes. Ed25519 (RFC 8032) signs `lane ‖ batch ‖ batch signed before ‖ hash ‖ time of signing`.
"""

import struct
from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID
from zlib import crc32

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from weiji.ledger.bits import AT_CREATION
from weiji.ledger.rules import Made, State

ABSENT: Final = bytes(16)
NO_TIME: Final = -(2**63)
CHECK_BYTES: Final = 4

_ACCOUNT: Final = struct.Struct(">cq16sihh16s")
_TRANSFER: Final = struct.Struct(">cq16s16s16sqq16siihh16sq")
_FAILURE: Final = struct.Struct(">cq16s").pack
_HEADING: Final = struct.Struct(">hqhiqq").pack
_HEAD: Final = struct.Struct(">hqq32sq").pack


class Heading(Struct, frozen=True):
    """What a batch says of itself."""

    lane: int
    batch: int
    lanes: int
    size: int
    first_timestamp: int
    last_timestamp: int


class Signed(Struct, frozen=True):
    """What a signature covers: the end of a chain, and where it was signed before."""

    lane: int
    batch: int
    previous_batch: int
    hash: bytes
    signed_at: int
    """Microseconds since 1970."""


def genesis(lane: int) -> bytes:
    """The hash before a lane's first batch."""
    return sha256(f"weiji ledger lane {lane}".encode()).digest()


def account_record(timestamp: int, id: UUID, ledger: int, code: int, flags: int, owner_id: UUID | None) -> bytes:
    """Write an account as it was opened."""
    return _ACCOUNT.pack(b"a", timestamp, id.bytes, ledger, code, flags, owner_id.bytes if owner_id else ABSENT)


def transfer_record(made: Made) -> bytes:
    """Write a transfer."""
    pending_id, journal_id, effective_at = made.pending_id, made.journal_id, made.effective_at
    return _TRANSFER.pack(
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


NAMES: Final = {b"a"[0]: "account", b"t"[0]: "transfer", b"f"[0]: "failure"}
"""What a record is of, by its first byte; the time follows, and the id."""


def id_of(record: bytes) -> UUID:
    """Read whose record it is."""
    return UUID(bytes=record[9:25])


def flags_of_account(record: bytes) -> int:
    """Read the flags that an account was opened with from its record."""
    flags: int = _ACCOUNT.unpack(record)[5]
    return flags


read_transfer: Final = struct.Struct(">xq16s16s16sq8x16si4x2xh24x").unpack
"""Take the record of a transfer apart: its time, id, accounts, amount, `pending_id` or `ABSENT`, timeout and flags."""


def failure_record(timestamp: int, id: UUID, status: str) -> bytes:
    """Write a failure that is remembered."""
    return _FAILURE(b"f", timestamp, id.bytes) + status.encode()


def records_of(state: State) -> list[bytes]:
    """Write the records of a batch, in order of time: each has a time of its own, and none is left out."""
    if not state.opened and not state.newly_failed:
        return [transfer_record(made) for made in state.made]
    first = state.first
    records = [b""] * (state.time + 1 - first)
    for a in state.opened:
        flags = a.flags & AT_CREATION
        records[a.created_at - first] = account_record(a.created_at, a.id, a.ledger, a.code, flags, a.owner_id)
    for made in state.made:
        records[made.timestamp - first] = transfer_record(made)
    for failed in state.newly_failed:
        records[failed.timestamp - first] = failure_record(failed.timestamp, failed.id, failed.status)
    return records


def checks_of(records: Sequence[bytes]) -> bytes:
    """Take a check (CRC-32) of each record. The hash proves a batch; the checks say which row of it is wrong."""
    return struct.pack(f">{len(records)}I", *map(crc32, records))


def batch_hash(previous: bytes, heading: Heading, records: Sequence[bytes]) -> bytes:
    """Chain a batch to the one before it."""
    h = heading
    head = _HEADING(h.lane, h.batch, h.lanes, h.size, h.first_timestamp, h.last_timestamp)
    return sha256(previous + head + b"".join(records)).digest()


def sign(key: Ed25519PrivateKey, signed: Signed) -> bytes:
    """Sign the end of one chain."""
    return key.sign(_message(signed))


def is_signed(public_key: bytes, signature: bytes, signed: Signed) -> bool:
    """Check the signature of the end of one chain."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _message(signed))
    except (InvalidSignature, ValueError):  # The second where the key has another length than keys have.
        return False
    return True


def _message(signed: Signed) -> bytes:
    return _HEAD(signed.lane, signed.batch, signed.previous_batch, signed.hash, signed.signed_at)
