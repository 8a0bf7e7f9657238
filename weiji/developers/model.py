"""The words of developers: API keys."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

NAME_MAX: Final = 60
"""Characters of a key's name."""

KEYS_MAX: Final = 50
"""Keys of one person that are good for something."""

KEY_TIME_MAX: Final = timedelta(days=366)
"""A key that nobody renews ends within so long."""


class CreateKey(Struct, frozen=True, kw_only=True):
    """Make an API key that acts for a person. *id* is near the person: a key tells by itself where it lives.

    Its secret is with whoever asked for it, and its SHA-256 is all that is kept.
    """

    id: UUID
    person_id: UUID
    name: str
    scopes: tuple[str, ...]
    secret_hash: bytes
    expires_at: datetime
    actor: Actor


class CreateKeyStatus(StrEnum):
    """How making a key ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    ID_TAKEN = "id_taken"
    """The id is another key's."""
    NAME_MALFORMED = "name_malformed"
    """A key's name is one line of 1 to 60 characters."""
    SCOPES_MISSING = "scopes_missing"
    """A key without a scope could do nothing."""
    SCOPE_UNKNOWN = "scope_unknown"
    EXPIRES_OUT_OF_RANGE = "expires_out_of_range"
    """A key ends after now, and within 366 days."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """The person has 50 keys: revoke one."""


class RevokeKey(Struct, frozen=True, kw_only=True):
    """Make a key worthless, at once and for ever."""

    id: UUID
    person_id: UUID
    actor: Actor


class RevokeKeyStatus(StrEnum):
    """How it ended."""

    REVOKED = "revoked"
    EXISTS = "exists"
    """It was revoked before."""
    NOT_FOUND = "not_found"
    """The person has no such key."""


class Key(Struct, frozen=True, kw_only=True):
    """An API key, as its person sees it. *used_at* is right to a few minutes."""

    id: UUID
    person_id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def is_live(self, now: datetime) -> bool:
        """Tell whether it is good for something."""
        return self.revoked_at is None and self.expires_at > now
