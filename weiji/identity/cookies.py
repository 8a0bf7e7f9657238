"""The value of a session's cookie: the session's id, which tells its shard, and a secret that only the browser has."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.kit.ids import new_id

NAME: Final = "session"
"""What the cookie is called, before the frame puts `__Host-` in front."""

SECRET_BYTES: Final = 32
_ID_LENGTH: Final = 32
_LENGTH: Final = _ID_LENGTH + 43


class SessionCookie(Struct, frozen=True):
    """What a session's cookie says."""

    session_id: UUID
    secret: bytes

    @classmethod
    def make(cls, person_id: UUID) -> "SessionCookie":
        """Make the cookie of a new session of a person."""
        return cls(new_id(near=person_id), secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def read(cls, value: str) -> "SessionCookie | None":
        """Read what a browser sent; None where it is nothing of ours."""
        if len(value) != _LENGTH or not value.isascii():
            return None
        try:
            return cls(UUID(hex=value[:_ID_LENGTH]), urlsafe_b64decode(value[_ID_LENGTH:] + "="))
        except ValueError:
            return None

    @property
    def value(self) -> str:
        """The text that the browser keeps."""
        return self.session_id.hex + urlsafe_b64encode(self.secret).decode().rstrip("=")

    @property
    def secret_hash(self) -> bytes:
        """What the database keeps: of 256 random bits SHA-256 is enough, there is nothing to guess."""
        return sha256(self.secret).digest()

    @property
    def csrf_secret(self) -> bytes:
        """What the session's CSRF tokens are made with: known to the browser's session alone, and stored nowhere."""
        return hmac.digest(self.secret, b"csrf", "sha256")
