"""The references that are written on bank transfers: by payers, of their payments, and by us, of what we pay.

A reference has twelve characters: the shard of what it is of, so that whoever reads it knows where to look, a part of
its hash, and a check, so that one that was mistyped is nobody's.
"""

import re
from hashlib import sha256
from typing import Final
from uuid import UUID

from weiji.kit.ids import shard_of

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: without the letters that are taken for digits."""

REFERENCE_LENGTH: Final = 12
HASH_BITS: Final = 49
CHECK: Final = 29
"""A prime: what differs in a character, or has two in the wrong order, has another check in nearly every case."""

_TAKEN_FOR: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN: Final = re.compile(r"[\s\-_.:：,，－—–]+")
_LAST: Final = (1 << 5 * REFERENCE_LENGTH) - 1
_RUN: Final = re.compile(f"[{ALPHABET}]{{{REFERENCE_LENGTH},}}")


def reference_of(id: UUID) -> str:
    """Write what stands on the transfer of a payment, or of what is paid out."""
    hashed = int.from_bytes(sha256(id.bytes).digest()[:8]) >> (64 - HASH_BITS)
    value = shard_of(id) << HASH_BITS | hashed
    value = value << 5 | value % CHECK
    return "".join(ALPHABET[value >> 5 * place & 31] for place in reversed(range(REFERENCE_LENGTH)))


def shard_of_reference(reference: str) -> int:
    """Tell where that lives of which it is."""
    return (ALPHABET.index(reference[0]) << 5 | ALPHABET.index(reference[1])) >> 4


def find_references(text: str) -> list[str]:
    """Find what may be references in what somebody wrote, however they spaced it, with O for 0 and I or L for 1."""
    written = _BETWEEN.sub("", text.upper().translate(_TAKEN_FOR))
    found = []
    for run in _RUN.findall(written):
        value = 0
        for end, character in enumerate(run, 1):
            value = (value << 5 | ALPHABET.index(character)) & _LAST
            if end >= REFERENCE_LENGTH and (value >> 5) % CHECK == value & 31:
                found.append(run[end - REFERENCE_LENGTH : end])
    return found
