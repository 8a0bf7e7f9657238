"""The words of webhooks: messages, the letters they are sent as, attempts, and kinds of message."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.db import Database


class MessageStatus(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    """It is due at `next_at`, or somebody is sending it."""
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    """Every attempt of its schedule failed. It can be sent again."""


class QueueMessage(Struct, frozen=True, kw_only=True):
    """Have something told to somebody's server. `id` is derived from what it tells of, so that it is told once."""

    id: UUID
    owner_id: UUID
    """Whose server it is; the id is near it."""
    subject_id: UUID
    """What it tells of."""
    kind: str
    """Which `MessageKind` dresses it."""
    type: str
    """What happened, as the receiver calls it."""
    url: str
    payload: Mapping[str, Any]
    """What is told; the kind seals it when it is sent."""


class Message(Struct, frozen=True, kw_only=True):
    """A message, and how far it came."""

    id: UUID
    owner_id: UUID
    subject_id: UUID
    kind: str
    type: str
    url: str
    payload: dict[str, Any]
    status: MessageStatus
    attempts: int
    step: int
    """Attempts since it was queued, or somebody had it sent again: the place in the schedule."""
    created_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None


class Letter(Struct, frozen=True, kw_only=True):
    """What goes over the wire. It is kept as it is, so that nothing in it may be secret."""

    headers: dict[str, str]
    body: bytes


class Undeliverable(Struct, frozen=True):
    """A message can't be dressed now; the reason, in one word."""

    reason: str


class Attempt(Struct, frozen=True, kw_only=True):
    """What was sent at one attempt, and what came back."""

    message_id: UUID
    number: int
    started_at: datetime
    milliseconds: int
    url: str
    headers: dict[str, str]
    body: str
    status: int | None
    answer: str
    """The beginning of what was answered."""
    reason: str | None
    """Why it failed, in one word; None: it was taken."""


class ResendMessage(Struct, frozen=True, kw_only=True):
    """Send a message again, now, and on its whole schedule if that fails."""

    id: UUID
    owner_id: UUID
    actor: Actor


class ResendMessageStatus(StrEnum):
    """How asking for a message again ended."""

    MESSAGE_NOT_FOUND = "message_not_found"
    """There is none, or it is somebody else's."""
    QUEUED = "queued"


class MessageKind(Protocol):
    """How the messages of one protocol are sent: the schedule, the form, and what counts as taken."""

    name: str
    schedule: Sequence[timedelta]
    """How long after the failed attempt 1, 2, … the next one is made; behind the last it is given up."""

    async def dress(self, database: Database, messages: Sequence[Message]) -> list[Letter | Undeliverable]:
        """Make letters of messages, in their order. Called for each attempt: signatures have a time."""
        ...

    def judge(self, status: int, body: bytes, /) -> str | None:
        """Tell why an answer does not mean that the message was taken, in one word; None: it does."""
        ...
