"""What is decided about messages, as pure functions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from weiji.webhooks.model import Message, MessageStatus


class Outcome(Struct, frozen=True, kw_only=True):
    """Where an attempt leaves its message."""

    status: MessageStatus
    next_at: datetime | None
    delivered_at: datetime | None


def judge_attempt(message: Message, reason: str | None, schedule: Sequence[timedelta], now: datetime) -> Outcome:
    """Say where an attempt leaves a message: *reason* is why it failed, None where it was taken.

    `message.step` counts this attempt already: it is counted when it begins, so that who dies in it has made it.
    """
    if reason is None:
        return Outcome(status=MessageStatus.DELIVERED, next_at=None, delivered_at=now)
    if message.step > len(schedule):
        return Outcome(status=MessageStatus.GIVEN_UP, next_at=None, delivered_at=None)
    return Outcome(status=MessageStatus.WAITING, next_at=now + schedule[message.step - 1], delivered_at=None)
