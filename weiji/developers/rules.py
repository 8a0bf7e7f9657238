"""What developers decides, as pure functions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from weiji.developers.model import (
    KEY_TIME_MAX,
    KEYS_MAX,
    NAME_MAX,
    CreateKey,
    CreateKeyStatus,
    Key,
    RevokeKey,
    RevokeKeyStatus,
)
from weiji.kit.text import is_line


class Keys:
    """Keys in memory: what a batch does to them."""

    def __init__(self, keys: Sequence[Key], live: Mapping[UUID, int], known: frozenset[str], now: datetime) -> None:
        """Take the keys that the batch names, how many live ones each person has, and the scopes there are."""
        self.keys = {key.id: key for key in keys}
        self.live = dict(live)
        self.known = known
        self.now = now

    def create(self, command: CreateKey) -> CreateKeyStatus:
        """Make a key."""
        before = self.keys.get(command.id)
        if before:
            is_same = (before.person_id, before.name, before.scopes, before.expires_at) == (
                command.person_id,
                command.name,
                command.scopes,
                command.expires_at,
            )
            return CreateKeyStatus.EXISTS if is_same else CreateKeyStatus.ID_TAKEN
        if not is_line(command.name, NAME_MAX):
            return CreateKeyStatus.NAME_MALFORMED
        if not command.scopes:
            return CreateKeyStatus.SCOPES_MISSING
        if not self.known.issuperset(command.scopes):
            return CreateKeyStatus.SCOPE_UNKNOWN
        if not self.now < command.expires_at <= self.now + KEY_TIME_MAX:
            return CreateKeyStatus.EXPIRES_OUT_OF_RANGE
        if self.live.get(command.person_id, 0) >= KEYS_MAX:
            return CreateKeyStatus.EXCEEDS_LIMIT
        self.live[command.person_id] = self.live.get(command.person_id, 0) + 1
        self.keys[command.id] = Key(
            id=command.id,
            person_id=command.person_id,
            name=command.name,
            scopes=command.scopes,
            created_at=self.now,
            expires_at=command.expires_at,
            used_at=None,
            revoked_at=None,
        )
        return CreateKeyStatus.CREATED

    def revoke(self, command: RevokeKey) -> RevokeKeyStatus:
        """Make a key worthless."""
        key = self.keys.get(command.id)
        if key is None or key.person_id != command.person_id:
            return RevokeKeyStatus.NOT_FOUND
        if key.revoked_at:
            return RevokeKeyStatus.EXISTS
        self.keys[key.id] = replace(key, revoked_at=self.now)
        return RevokeKeyStatus.REVOKED
