"""The text of an API key: `wj_<mode>_<id>_<secret>`."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.kit.ids import new_id

PREFIX: Final = "wj"
"""What scanners for leaked secrets look for."""

SECRET_BYTES: Final = 32
_LENGTH_MAX: Final = 120


class KeyToken(Struct, frozen=True):
    """What the text of a key says. *mode* is the installation's: a sandbox's key opens nothing elsewhere."""

    mode: str
    key_id: UUID
    secret: bytes

    @classmethod
    def make(cls, mode: str, person_id: UUID, key_id: UUID | None = None) -> "KeyToken":
        """Make the text of a new key of a person; *key_id*, if there is one already, is near the person."""
        return cls(mode, key_id or new_id(near=person_id), secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def read(cls, text: str) -> "KeyToken | None":
        """Read what a program sent; None where it is nothing of ours."""
        parts = text.split("_", 3) if len(text) <= _LENGTH_MAX and text.isascii() else []
        if len(parts) != 4 or parts[0] != PREFIX or len(parts[2]) != 32:
            return None
        try:
            secret = urlsafe_b64decode(parts[3] + "=")
            return cls(parts[1], UUID(hex=parts[2]), secret) if len(secret) == SECRET_BYTES else None
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """The whole key, as it is shown once."""
        return f"{PREFIX}_{self.mode}_{self.key_id.hex}_{urlsafe_b64encode(self.secret).decode().rstrip('=')}"

    @property
    def secret_hash(self) -> bytes:
        """What the database keeps: of 256 random bits SHA-256 is enough, there is nothing to guess."""
        return sha256(self.secret).digest()
