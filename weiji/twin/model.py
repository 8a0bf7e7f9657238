"""The words of the twin: how it stands, and what lets somebody over to it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

TICKET_LASTS: Final = timedelta(minutes=1)
"""How long a ticket is good: as long as a browser needs to go over, on a bad day."""

SKEW_MAX: Final = timedelta(seconds=30)
"""How far the clocks of two machines may be apart."""

KEY_LASTS: Final = timedelta(days=365)
"""How long a program's key in the sandbox is good, by the sandbox's clock."""


class TwinState(StrEnum):
    """How the twin of an installation stands."""

    OFF = "off"
    """This installation has none."""
    ASLEEP = "asleep"
    """It is started when somebody asks for it."""
    STARTING = "starting"
    UP = "up"
    FAILED = "failed"
    """It does not answer, or did not start; it is tried again."""


class Way(StrEnum):
    """How somebody comes over."""

    BROWSER = "browser"
    PROGRAM = "program"


class Ticket(Struct, frozen=True, kw_only=True):
    """What a live installation says of somebody who comes over: who they are, and which shop is theirs.

    It is signed, good for a minute, and good once. `id` is near the shop.
    """

    id: UUID
    way: Way
    person_id: UUID
    handle: str
    """Empty, where they have none."""
    name: str
    locale: str
    shop_id: UUID
    shop_handle: str
    shop_name: str
    home: str
    """The address of the live installation, as the person knows it."""
    written_at: datetime
    """By the machine's clock."""


class ArrivalFault(StrEnum):
    """Why somebody can't come over. Where several apply, the first listed is given."""

    FORGED = "forged"
    """The ticket is not what the live installation signed, or is for the other way."""
    EXPIRED = "expired"
    USED = "used"
    """Somebody came over with it before."""
    SHOP_OFFERED = "shop_offered"
    """The shop is somebody else's in the sandbox, who offers it to a third: that has to be withdrawn first."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """The person has 50 keys in the sandbox: revoke one there."""


class ArrivalRefused(Exception):
    """Somebody can't come over; *fault* says why."""

    def __init__(self, fault: ArrivalFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class TakeTicket(Struct, frozen=True, kw_only=True):
    """Let the person of a ticket in, to a shop that is theirs. Its signature and age were judged."""

    ticket: Ticket
    actor: Actor


class TakeTicketStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    TAKEN = "taken"
    """The person is there, and so is the shop."""
    USED = "used"
    """The ticket let somebody in before."""
    SHOP_OFFERED = "shop_offered"
    """The shop is somebody else's here, who offers it to a third: that has to be withdrawn first."""


class Admission(Struct, frozen=True, kw_only=True):
    """What the twin answers a program: the merchant's number, and a key that is shown this once."""

    mchid: str
    key: str
    expires_at: datetime
