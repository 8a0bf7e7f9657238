"""Seals what a stolen copy of the database must not tell, and makes it findable all the same.

Every sealed value has a data key of its own, itself sealed with the master key (an envelope): both with
AES-256-GCM, bound to table, column and row, so that a value moved elsewhere does not open. A blind index is an
HMAC: equal values have equal indexes, and nobody without the keys can try values against it. All other keys are
derived by HKDF (RFC 5869), one for each purpose.

The master key can be replaced. What is derived hangs on the **root**, which stays: the first master key, kept sealed
with the one in use. A value says which master key its envelope is of:

    1 | envelope | content            the root's: all there is until the first renewal
    2 | 4 bytes, the key's id | envelope | content
"""

import base64
import hmac
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
ID_BYTES: Final = 4
OF_ROOT: Final = b"\x01"
OF_ID: Final = b"\x02"
"""The first byte of a sealed value: how the rest is laid out."""

_WRAPPED: Final = NONCE_BYTES + KEY_BYTES + TAG_BYTES
HEAD_MAX: Final = len(OF_ID) + ID_BYTES + _WRAPPED
"""Bytes before the content, at most."""
OVERHEAD: Final = len(OF_ROOT) + _WRAPPED + NONCE_BYTES + TAG_BYTES
"""Bytes that sealing adds. With a master key that is not the first there are `ID_BYTES` more."""

MASTER_KEY: Final = "master.key"
FORMER_MASTER_KEYS: Final = "master.former"
"""Files in the folder of keys: the master key, and those of before, one a line."""


class MasterKeyError(Exception):
    """There is no usable master key; the text says why."""


class Unsealable(Exception):
    """A sealed value was changed, moved to another row, or sealed with a master key that is not at hand."""


class Place(Struct, frozen=True, kw_only=True):
    """Where values of one name lie: a column (bytea, or jsonb of hex texts by name), and what tells the row."""

    table: str
    column: str
    of: tuple[str, ...] = ("id",)
    """Columns that `id` is asked with."""
    id: Callable[..., UUID] = lambda id: id
    """Gives the id that a row's value is bound to."""
    part: str | None = None
    """A column whose value is behind the name."""
    former: Callable[..., bytes] | None = None
    """Opens what was once sealed in another way than in envelopes: asked with the value, and with what `id` is."""


COLUMNS: Final[dict[str, tuple[Place, ...]]] = {}
"""All that values are sealed for, and where they lie: what a renewal of the master key goes through."""


def column(name: str, *places: Place) -> str:
    """Declare what values are sealed for: a name that never changes, `schema.table:column`, which is where they lie.

    *places* say so where it is not so simple.
    """
    table, _, of_table = name.partition(":")
    COLUMNS[name] = places or (Place(table=table, column=of_table),)
    return name


def passing(name: str) -> str:
    """Declare what values are sealed for that lie in no table, and are gone within minutes."""
    COLUMNS[name] = ()
    return name


ROOT: Final = passing("kit.installation:root_sealed")  # Each renewal seals it itself.


class HasKeys(Protocol):
    """Settings that say where the master keys are."""

    @property
    def data(self) -> Path: ...
    @property
    def secret(self) -> str | None: ...
    @property
    def former_secrets(self) -> str: ...


class Source(Struct, frozen=True, kw_only=True):
    """Where a process has its master keys from: the settings (base64), else the data folder."""

    data: Path
    secret: str | None = None
    former: Sequence[str] = ()

    @classmethod
    def of(cls, settings: HasKeys) -> "Source":
        """Have them from where the settings say."""
        return cls(data=settings.data, secret=settings.secret, former=settings.former_secrets.split())

    @property
    def path(self) -> Path:
        """The file of the master key."""
        return self.data / "keys" / MASTER_KEY

    @property
    def former_path(self) -> Path:
        """The file of the keys of before."""
        return self.data / "keys" / FORMER_MASTER_KEYS

    @property
    def former_where(self) -> str:
        """What has the keys of before, in words."""
        has = {"WEIJI_FORMER_SECRETS": bool(self.former), str(self.former_path): self.former_path.exists()}
        return " and ".join(name for name in has if has[name])

    @property
    def where(self) -> str:
        """What has the master key, in words."""
        return "WEIJI_SECRET" if self.secret else str(self.path)

    def read(self, *, make: bool = False) -> tuple[bytes, ...]:
        """Read the master key, and those of before. Raises MasterKeyError, OSError.

        Where the folder has none, one is made with *make*.
        """
        if make and not self.secret and not self.path.exists():
            make_key_file(self.path, new_master_key())
        own = _decode(self.secret or self.path.read_bytes(), self.where)
        lines = self.former_path.read_bytes().split() if self.former_path.exists() else []
        return (
            own,
            *(_decode(text, "WEIJI_FORMER_SECRETS") for text in self.former),
            *(_decode(line, str(self.former_path)) for line in lines),
        )

    def has_other_than(self, mark: bytes) -> bool:
        """Whether there is a key besides the one with this mark. Raises MasterKeyError, OSError."""
        return any(mark_of(each) != mark for each in self.read())


class _Held(Struct, frozen=True, kw_only=True):
    """What a process has of keys at one time: replaced as a whole, since threads seal meanwhile."""

    master: bytes
    root: bytes
    id: bytes
    root_id: bytes
    ring: dict[bytes, bytes]
    """What seals and opens, by id; only ever added to."""
    derived: dict[str, bytes]
    """What was derived from the root already, by purpose; only ever added to."""
    source: Source | None

    @property
    def prefix(self) -> bytes:
        """What values begin with that are sealed now."""
        return OF_ROOT if self.id == self.root_id else OF_ID + self.id

    def find(self, id: bytes) -> bytes | None:
        """Find what opens the envelopes of a master key: another process may have made it just now."""
        if id not in self.ring and self.source:
            with suppress(MasterKeyError, OSError):
                self.ring.update((id_of(key), _derive(key, "seal")) for key in self.source.read())
        return self.ring.get(id)


class Keys:
    """The keys of this process: what is sealed hangs on the master key, what is derived on the root."""

    def __init__(self) -> None:
        self._held: _Held | None = None

    def use(
        self,
        master: bytes,
        *,
        former: Sequence[bytes] = (),
        root: bytes | None = None,
        source: Source | None = None,
    ) -> None:
        """Take over the master key, those of before that open what they sealed, and the root, where it is another.

        In *source* is looked for a key that is met and not known: another process may renew it just now.
        """
        root = master if root is None else root
        for key in (master, root, *former):
            if len(key) != KEY_BYTES:
                raise MasterKeyError(f"a master key has {KEY_BYTES} bytes, and not {len(key)}")
        before = self._held
        self._held = _Held(
            master=master,
            root=root,
            id=id_of(master),
            root_id=id_of(root),
            ring={id_of(key): _derive(key, "seal") for key in (master, root, *former)},
            derived=before.derived if before and before.root == root else {},
            source=source,
        )

    def open(self, secret: str | None, data: Path) -> None:
        """Take over the master key of the settings (base64), else of the data folder, as the first and only one.

        Where the folder has none, one is made. Raises MasterKeyError.
        """
        self.use(Source(secret=secret, data=data).read(make=True)[0])

    @property
    def mark(self) -> bytes:
        """What the database knows the master key by."""
        return mark_of(self._now.master)

    @property
    def root(self) -> bytes:
        """What all that is derived hangs on."""
        return self._now.root

    @property
    def prefix(self) -> bytes:
        """What values begin with that are sealed now."""
        return self._now.prefix

    @property
    def ids(self) -> tuple[bytes, ...]:
        """The ids of all master keys at hand."""
        return tuple(self._now.ring)

    def derive(self, purpose: str) -> bytes:
        """Derive the key of one purpose: 32 bytes, the same for ever."""
        held = self._now
        key = held.derived.get(purpose)
        if key is None:
            key = held.derived[purpose] = _derive(held.root, purpose)
        return key

    def seal(self, text: str, column: str, id: UUID) -> bytes:
        """Seal a text for one row. *column* is a name that `column` declared; behind it may be `:` and a part."""
        return self.seal_bytes(text.encode(), column, id)

    def unseal(self, sealed: bytes, column: str, id: UUID) -> str:
        """Open what `seal` made for the same column and row. Raises Unsealable."""
        return self.unseal_bytes(sealed, column, id).decode()

    def seal_bytes(self, content: bytes, column: str, id: UUID) -> bytes:
        """Seal what is no text, such as a picture, for one row."""
        if ":".join(column.split(":", 2)[:2]) not in COLUMNS:
            raise LookupError(f"no renewal of the master key would find {column}: declare it (seal.column)")
        data_key = secrets.token_bytes(KEY_BYTES)
        return self._wrap(data_key, column, id) + _encrypt(data_key, content, _bound(column, id))

    def unseal_bytes(self, sealed: bytes, column: str, id: UUID) -> bytes:
        """Open what `seal_bytes` made for the same column and row. Raises Unsealable."""
        data_key, start = self._unwrap(sealed, column, id)
        try:
            return _decrypt(data_key, sealed[start:], _bound(column, id))
        except InvalidTag:
            raise Unsealable(f"{column} of {id}") from None

    def rewrap(self, start: bytes, column: str, id: UUID) -> tuple[bytes, bytes]:
        """Give the head of a sealed value, and one of the master key to put in its place.

        *start* has the first `HEAD_MAX` bytes; the content stays as it is, however long. Raises Unsealable.
        """
        data_key, length = self._unwrap(start, column, id)
        return start[:length], self._wrap(data_key, column, id)

    def blind_index(self, text: str, column: str) -> bytes:
        """Make what a sealed text is found by: 32 bytes, equal for equal texts of one column."""
        return hmac.digest(self.derive(f"index:{column}"), text.encode(), "sha256")

    def pepper(self, data: bytes, purpose: str) -> bytes:
        """Mix a key into *data* that the database does not have: 32 bytes."""
        return hmac.digest(self.derive(f"pepper:{purpose}"), data, "sha256")

    def _wrap(self, data_key: bytes, column: str, id: UUID) -> bytes:
        held = self._now
        return held.prefix + _encrypt(held.ring[held.id], data_key, _bound(column, id))

    def _unwrap(self, sealed: bytes, column: str, id: UUID) -> tuple[bytes, int]:
        """Give the data key of a value, and where its content begins."""
        held = self._now
        version, start, of = sealed[:1], 1, held.root_id
        if version == OF_ID:
            start += ID_BYTES
            of = sealed[1:start]
        key = held.find(of) if version in (OF_ROOT, OF_ID) else None
        if key is None:
            raise Unsealable(f"{column} of {id}")
        end = start + _WRAPPED
        try:
            return _decrypt(key, sealed[start:end], _bound(column, id)), end
        except (InvalidTag, ValueError):  # The latter where it is too short to have a nonce.
            raise Unsealable(f"{column} of {id}") from None

    @property
    def _now(self) -> _Held:
        if self._held is None:
            raise MasterKeyError("no master key is open")
        return self._held


KEYS: Final = Keys()
"""The keys of this process: `installation.open_keys` once, where the program is put together."""


def mark_of(master: bytes) -> bytes:
    """Make what the database knows a master key by: 32 bytes that do not tell it."""
    return _derive(master, "installation.mark")


def id_of(master: bytes) -> bytes:
    """Make what sealed values name a master key by: the beginning of its mark."""
    return mark_of(master)[:ID_BYTES]


def new_master_key() -> bytes:
    """Make a master key, as its file has it."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n"


def _derive(master: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, f"weiji:{purpose}".encode()).derive(master)


def _bound(column: str, id: UUID) -> bytes:
    return f"{column}:{id}".encode()


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
