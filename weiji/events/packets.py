"""What red packets tell. The stream is the sender or the finder; for the rules, their author."""

from datetime import datetime
from uuid import UUID

from weiji.events.model import Event


class RedPacketSent(Event, frozen=True, kw_only=True):
    """Money of a wallet, or of a shop, was put into a packet. In the sender's stream."""

    packet_id: UUID
    amount: int
    parts: int
    recipient_id: UUID | None
    offered_to_id: UUID | None = None
    """Who is told of it: whom it is for, or, of one for many, who hands its link on."""
    expires_at: datetime


class RedPacketClaimed(Event, frozen=True, kw_only=True):
    """Somebody has a part of a packet; the money is on its way to them. In the sender's stream."""

    packet_id: UUID
    finder_id: UUID
    amount: int
    place: int


class RedPacketEmptied(Event, frozen=True, kw_only=True):
    """Somebody has each part of a packet. In the sender's stream."""

    packet_id: UUID


class RedPacketExpired(Event, frozen=True, kw_only=True):
    """The time of a packet ran out; what nobody had taken is the sender's again. In the sender's stream."""

    packet_id: UUID
    returned: int


class RedPacketReceived(Event, frozen=True, kw_only=True):
    """A part of a packet is in the wallet. In the finder's stream."""

    packet_id: UUID
    amount: int


class RedPacketRulesPublished(Event, frozen=True, kw_only=True):
    """The operator changed how much may be given away by red packets."""

    version: int
    reason: str
