"""Seals the parts of files: what shops bring and take has people's names and addresses in it."""

from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from weiji.kit.ids import derive
from weiji.kit.seal import KEYS, Place, Unsealable, column

PURPOSE: Final = "porting.parts"
NONCE_BYTES: Final = 12


def part_id(file_id: UUID, number: int = 0) -> UUID:
    """Name a part: what it is sealed for."""
    return derive(file_id, number)


def open_former(sealed: bytes, file_id: UUID, number: int = 0) -> bytes:
    """Open a part that was sealed before parts had envelopes. Raises InvalidTag where it was changed."""
    nonce, data = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    return AESGCM(KEYS.derive(PURPOSE)).decrypt(nonce, data, f"{file_id}:{number}".encode())


SEALED: Final = column(
    "porting.parts:sealed",
    Place(table="porting.parts", column="sealed", of=("file_id", "number"), id=part_id, former=open_former),
    Place(table="porting.history", column="sealed", id=part_id, former=open_former),
    Place(table="porting.papers", column="sealed", id=part_id, former=open_former),
)


def seal(data: bytes, file_id: UUID, number: int) -> bytes:
    """Seal a part, bound to its place: a part that is moved elsewhere does not open."""
    return KEYS.seal_bytes(data, SEALED, part_id(file_id, number))


def unseal(sealed: bytes, file_id: UUID, number: int) -> bytes:
    """Open a part. Raises InvalidTag where it was changed."""
    try:
        return KEYS.unseal_bytes(sealed, SEALED, part_id(file_id, number))
    except Unsealable:
        return open_former(sealed, file_id, number)
