"""The words of court orders: what is held of whose money, and how commands end. Amounts are fen."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

NUMBER_MAX: Final = 60
"""Characters of the number that a court gives its order, or its notice of execution."""

COURT_MAX: Final = 60
"""Characters of a court's name."""


class HeldPlace(StrEnum):
    """Which of its owner's money an order is about."""

    WALLET = "wallet"
    MERCHANT_AVAILABLE = "merchant_available"
    """What a shop may withdraw; what is pending comes there when it settles."""
    MERCHANT_PENDING = "merchant_pending"
    """What is not due to a shop yet. Until then it may go back to buyers; it is held as it becomes available."""
    MERCHANT_DEPOSIT = "merchant_deposit"


class CourtOrder(Struct, kw_only=True):
    """An order to hold money. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    owner_id: UUID
    """The person or the shop."""
    place: HeldPlace
    amount: int | None
    """How much is to be held; None: everything that is there, and everything that comes."""
    court: str
    number: str
    """The court's own."""
    taken: int = 0
    """How much was taken into the hold so far; of it, so much was `executed` and `released`."""
    executed: int = 0
    released: int = 0
    takes: int = 0
    """How often something was taken."""
    freezes: int = 0
    """How often it froze the account."""
    is_freezing: bool = False
    """Whether it keeps the account frozen: nothing goes out of it until the order has what it lacks."""
    obeyed_at: datetime
    ended_at: datetime | None = None
    release_number: str = ""
    """The number of the order that ended it."""

    @property
    def held(self) -> int:
        """How much is held now."""
        return self.taken - self.executed - self.released

    @property
    def missing(self) -> int | None:
        """How much is still to be taken; None: whatever comes."""
        return None if self.amount is None else self.amount - self.taken


class ObeyCourtOrder(Struct, frozen=True, kw_only=True):
    """Hold money as a court ordered. Two of the staff agreed; `id` lies in the shard of the owner."""

    id: UUID
    owner_id: UUID
    place: HeldPlace
    amount: int | None
    court: str
    number: str
    actor: Actor


class ExecuteCourtOrder(Struct, frozen=True, kw_only=True):
    """扣划: pay what is held to the court, or a part of it. `id` makes it happen once; `number` is of the notice."""

    id: UUID
    court_order_id: UUID
    amount: int
    number: str
    way: str
    actor: Actor


class ReleaseCourtOrder(Struct, frozen=True, kw_only=True):
    """解冻: let go of what is held, and take nothing more. `number` is of the order that says so."""

    id: UUID
    court_order_id: UUID
    number: str
    actor: Actor


class SweepCourtOrder(Struct, frozen=True, kw_only=True):
    """Take what came in since, up to what was ordered."""

    court_order_id: UUID


class CourtOrderStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    COURT_ORDER_NOT_FOUND = "court_order_not_found"
    EXISTS = "exists"
    """It was done before."""
    NOTICE_EXECUTED = "notice_executed"
    """By this notice money that the order holds was paid to the court before."""
    ORDER_OBEYED = "order_obeyed"
    """By an order of this number, in force still, money of the account is held."""
    ENDED = "ended"
    """What was held was let go, or all of it was paid out."""
    EXCEEDS_HELD = "exceeds_held"
    """Less is held than is to be paid out."""
    DONE = "done"
