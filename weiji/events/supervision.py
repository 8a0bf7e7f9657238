"""What the operator's staff did. The stream is the person's own."""

from uuid import UUID

from weiji.events.model import Event


class DeliveryResumed(Event, frozen=True, kw_only=True):
    """An event that a subscriber had failed to take was queued for it once more."""

    subscriber: str
    event_id: UUID
