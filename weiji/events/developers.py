"""What developers tells the others. The stream and the subject are the person whom a key acts for."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from weiji.events.model import Event


class KeyCreated(Event, frozen=True, kw_only=True):
    """A person made an API key."""

    key_id: UUID
    name: str
    scopes: tuple[str, ...]
    expires_at: datetime


class KeyRevoked(Event, frozen=True, kw_only=True):
    """A person made an API key worthless."""

    CHANGES_CALLER: ClassVar[bool] = True

    key_id: UUID
