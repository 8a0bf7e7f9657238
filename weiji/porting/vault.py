"""Seals the parts of files: what shops bring and take has people's names and addresses in it."""

import os
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from weiji.kit.seal import KEYS

PURPOSE: Final = "porting.parts"
NONCE_BYTES: Final = 12


def seal(data: bytes, file_id: UUID, number: int) -> bytes:
    """Seal a part (AES-256-GCM), bound to its place: a part that is moved elsewhere does not open."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(KEYS.derive(PURPOSE)).encrypt(nonce, data, _place(file_id, number))


def unseal(sealed: bytes, file_id: UUID, number: int) -> bytes:
    """Open a part. Raises InvalidTag where it was changed."""
    nonce, data = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    return AESGCM(KEYS.derive(PURPOSE)).decrypt(nonce, data, _place(file_id, number))


def _place(file_id: UUID, number: int) -> bytes:
    return f"{file_id}:{number}".encode()
