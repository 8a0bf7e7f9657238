"""Seals what a stolen copy of the database must not tell, and makes it findable all the same.

Every sealed value has a data key of its own, itself sealed with the master key (an envelope): both with
AES-256-GCM, bound to table, column and row, so that a value moved elsewhere does not open. A blind index is an
HMAC: equal values have equal indexes, and nobody without the master key can try values against it. All other
keys are derived from the master key by HKDF (RFC 5869), one for each purpose.
"""

import base64
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
VERSION: Final = b"\x01"
"""The first byte of a sealed value: how the rest is laid out."""

_WRAPPED: Final = NONCE_BYTES + KEY_BYTES + TAG_BYTES
OVERHEAD: Final = len(VERSION) + _WRAPPED + NONCE_BYTES + TAG_BYTES
"""Bytes that sealing adds."""


class MasterKeyError(Exception):
    """There is no usable master key; the text says why."""


class Unsealable(Exception):
    """A sealed value was changed, moved to another row, or sealed with another master key."""


class Keys:
    """The keys of this process, all from one master key of 32 bytes."""

    def __init__(self) -> None:
        self._master: bytes | None = None
        self._derived: dict[str, bytes] = {}

    def use(self, master: bytes) -> None:
        """Take over the master key."""
        if len(master) != KEY_BYTES:
            raise MasterKeyError(f"a master key has {KEY_BYTES} bytes, and not {len(master)}")
        self._master = master
        self._derived = {}

    def open(self, secret: str | None, data: Path) -> None:
        """Take over the master key of the settings (base64), else of the data folder.

        Where the folder has none, one is made. Raises MasterKeyError.
        """
        self.use(_decode(secret, "WEIJI_SECRET") if secret else _read_or_make(data / "keys" / "master.key"))

    def derive(self, purpose: str) -> bytes:
        """Derive the key of one purpose: 32 bytes, the same for ever."""
        key = self._derived.get(purpose)
        if key is None:
            if self._master is None:
                raise MasterKeyError("no master key is open")
            key = HKDF(SHA256(), KEY_BYTES, None, f"weiji:{purpose}".encode()).derive(self._master)
            self._derived[purpose] = key
        return key

    def seal(self, text: str, column: str, id: UUID) -> bytes:
        """Seal a text for one row. *column* is `schema.table:column`."""
        return self.seal_bytes(text.encode(), column, id)

    def unseal(self, sealed: bytes, column: str, id: UUID) -> str:
        """Open what `seal` made for the same column and row. Raises Unsealable."""
        return self.unseal_bytes(sealed, column, id).decode()

    def seal_bytes(self, content: bytes, column: str, id: UUID) -> bytes:
        """Seal what is no text, such as a picture, for one row."""
        bound = f"{column}:{id}".encode()
        data_key = secrets.token_bytes(KEY_BYTES)
        wrapped = _encrypt(self.derive("seal"), data_key, bound)
        return VERSION + wrapped + _encrypt(data_key, content, bound)

    def unseal_bytes(self, sealed: bytes, column: str, id: UUID) -> bytes:
        """Open what `seal_bytes` made for the same column and row. Raises Unsealable."""
        bound = f"{column}:{id}".encode()
        start = len(VERSION)
        try:
            if sealed[:start] != VERSION or len(sealed) < OVERHEAD:
                raise InvalidTag
            data_key = _decrypt(self.derive("seal"), sealed[start : start + _WRAPPED], bound)
            return _decrypt(data_key, sealed[start + _WRAPPED :], bound)
        except InvalidTag:
            raise Unsealable(f"{column} of {id}") from None

    def blind_index(self, text: str, column: str) -> bytes:
        """Make what a sealed text is found by: 32 bytes, equal for equal texts of one column."""
        return hmac.digest(self.derive(f"index:{column}"), text.encode(), "sha256")

    def pepper(self, data: bytes, purpose: str) -> bytes:
        """Mix a key into *data* that the database does not have: 32 bytes."""
        return hmac.digest(self.derive(f"pepper:{purpose}"), data, "sha256")


KEYS: Final = Keys()
"""The keys of this process: `KEYS.open(settings.secret, settings.data)` once, where the program is put together."""


def _encrypt(key: bytes, data: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, bound)


def _decrypt(key: bytes, data: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], bound)


def _decode(text: str | bytes, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise MasterKeyError(f"{where}: the master key is not base64: {error}") from error
    if len(key) != KEY_BYTES:
        raise MasterKeyError(f"{where}: the master key has {len(key)} bytes instead of {KEY_BYTES}")
    return key


def _read_or_make(path: Path) -> bytes:
    if not path.exists():
        make_key_file(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
    return _decode(path.read_bytes(), str(path))


def make_key_file(path: Path, content: bytes) -> None:
    """Write a key that only its owner may read, unless there is one: of two processes that start at once, one does."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and never takes the place of a key that is there already.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
