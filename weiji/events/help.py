"""What the help tells."""

from weiji.events.model import Event


class ContactPublished(Event, frozen=True, kw_only=True):
    """The operator changed how people reach a person who answers."""

    version: int
    reason: str
