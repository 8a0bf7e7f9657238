"""What apps call people: an openid is somebody's id, enciphered for one app. We can read it; nobody else can.

So whoever is named by one can be found without a table of who was ever told to whom.
"""

import base64
import binascii
import hmac
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from weiji.kit.seal import KEYS

MARK_BYTES: Final = 4
"""What proves that an openid was made here, for this app: made-up ones lead to nobody."""

LENGTH: Final = 28
"""Characters, as clients' databases expect them."""

_ID_BYTES: Final = 16


def openid_of(appid: str, person_id: UUID) -> str:
    """Name a person to an app: the same for ever there, and telling nothing to anybody else."""
    key = _key(appid)
    writing = _cipher(key).encryptor()
    block = writing.update(person_id.bytes) + writing.finalize()
    return "o" + base64.urlsafe_b64encode(block + _mark(key, block)).rstrip(b"=").decode()


def person_of(appid: str, openid: str) -> UUID | None:
    """Tell whom an app means; None: it is no openid of this app."""
    if len(openid) != LENGTH or not openid.isascii():
        return None
    try:
        content = base64.b64decode(openid[1:] + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    reading = _cipher(_key(appid)).decryptor()
    person_id = UUID(bytes=reading.update(content[:_ID_BYTES]) + reading.finalize())
    # Made again, so that nothing but the very text that was told is taken.
    return person_id if hmac.compare_digest(openid_of(appid, person_id), openid) else None


def _key(appid: str) -> bytes:
    return hmac.digest(KEYS.derive("wire.openid"), appid.encode(), "sha256")


def _cipher(key: bytes) -> Cipher[ECB]:
    # One block, each of another person: a permutation is what is wanted, and what modes hide can't occur.
    return Cipher(AES(key), ECB())  # noqa: S305


def _mark(key: bytes, block: bytes) -> bytes:
    return hmac.digest(key, block, "sha256")[:MARK_BYTES]
