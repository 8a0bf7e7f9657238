"""What webhooks tell. The stream is the owner of the server, the subject what the message tells of."""

from uuid import UUID

from weiji.events.model import Event


class MessageSentAgain(Event, frozen=True, kw_only=True):
    """Somebody had a message sent again."""

    message_id: UUID
    type: str
