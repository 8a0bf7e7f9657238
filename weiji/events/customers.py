"""What customers tell. The stream is the shop, the subject is the person. How to reach them is in no event."""

from uuid import UUID

from weiji.events.model import Event


class ContactGiven(Event, frozen=True, kw_only=True):
    """A buyer agreed that the shop keeps how to reach them and writes to them, in the words of that text."""

    person_id: UUID
    order_id: UUID
    text_version: int


class ContactWithdrawn(Event, frozen=True, kw_only=True):
    """They no longer agree: the shop has to forget what it copied, too."""

    person_id: UUID
