"""What modules tell each other: an append-only log for each stream, and its delivery to subscribers."""

from weiji.events.model import (
    BY_CHANNEL,
    BY_CLOCK,
    BY_SYSTEM,
    Actor,
    Delivered,
    Event,
    NotYet,
    Occurrence,
    Subscription,
)
from weiji.events.outbox import publish

__all__ = [
    "BY_CHANNEL",
    "BY_CLOCK",
    "BY_SYSTEM",
    "Actor",
    "Delivered",
    "Event",
    "NotYet",
    "Occurrence",
    "Subscription",
    "publish",
]
