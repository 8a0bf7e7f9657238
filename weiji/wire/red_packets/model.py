"""The words of red packets that a merchant's program sends. The packets themselves are those of `packets`."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.ids import derive


def packet_id_of(shop_id: UUID, number: str) -> UUID:
    """Make the id of a packet: whoever asks again with the same number means the same one."""
    return derive(shop_id, "merchant red packet", number)


class MerchantPacket(Struct, frozen=True, kw_only=True):
    """What a merchant's program asked for when it sent the packet of this id."""

    id: UUID
    shop_id: UUID
    mchid: str
    number: str
    """The merchant's (`mch_billno`)."""
    appid: str
    openid: str
    """Whom it is for, or, of one for many, who hands its link on."""
    terms: dict[str, Any]
    """What was asked, as it was asked: asking again has to say the same."""
    created_at: datetime


class SendMerchantPacket(Struct, frozen=True, kw_only=True):
    """Put money of a shop into a packet. Its id comes from the merchant's number (`packet_id_of`)."""

    id: UUID
    shop_id: UUID
    shop_name: str
    """Who it is from: the shop's own name, whatever the program calls itself."""
    mchid: str
    number: str
    appid: str
    openid: str
    person_id: UUID
    """Whose openid it is."""
    amount: int
    """All of it, in fen."""
    parts: int
    """One: for this person alone. More: drawn, and whoever has the link takes one."""
    greeting: str
    terms: dict[str, Any]
    actor: Actor


class SendMerchantPacketStatus(StrEnum):
    """How sending ended. Where several apply, the first listed is given."""

    GREETING_INVALID = "greeting_invalid"
    """Not one line of 1…60 characters."""
    AMOUNT_BELOW_PARTS = "amount_below_parts"
    """Each part is at least 1 fen."""
    EXISTS_WITH_DIFFERENT_TERMS = "exists_with_different_terms"
    """The number was used for another; the result names what differs."""
    EXISTS = "exists"
    WITHDRAWALS_BARRED = "withdrawals_barred"
    """The shop may not withdraw now, so it may not give away either."""
    OWES = "owes"
    """The shop owes the platform something, or what a channel holds for it waits: that comes first."""
    TOO_MANY_PARTS = "too_many_parts"
    """The operator's rules say how many at most."""
    EXCEEDS_PACKET_LIMIT = "exceeds_packet_limit"
    """The operator's rules say how much is in one packet at most."""
    EXCEEDS_DAY_LIMIT = "exceeds_day_limit"
    """The operator's rules say how much, and how many packets, a shop sends on one day."""
    INSUFFICIENT_FUNDS = "insufficient_funds"
    """It may be asked for again under the same number."""
    SHOP_FROZEN = "shop_frozen"
    CREATED = "created"


class SendMerchantPacketResult(Struct, frozen=True, kw_only=True):
    """The answer to sending a packet."""

    status: SendMerchantPacketStatus
    difference: str | None = None
