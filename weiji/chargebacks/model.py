"""The words of chargebacks: cases, what is said of them, and how commands end. Amounts are fen."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.chargebacks.machine import ChargebackState
from weiji.events import Actor
from weiji.kit.ids import derive

WORDS_MAX: Final = 2_000
"""Characters of what a shop says, and of what is answered to a channel."""

PICTURES_MAX: Final = 9
"""Pictures that are shown at once."""

EVIDENCE_MAX: Final = 20
"""How often a shop may show something."""


class Stage(StrEnum):
    """Where the order's money was when it was held."""

    ESCROW = "escrow"
    PENDING = "pending"
    """It was the shop's, and not due yet."""
    SETTLED = "settled"


class Purse(StrEnum):
    """Where money went that was for none of our orders, and comes from when a channel keeps what it took back."""

    SHOP = "shop"
    """An order of a merchant's own program: what the shop has available, then its deposit; the rest it owes."""
    DEPOSIT = "deposit"
    """A deposit that was paid by a channel: it first, then what is available; the rest the shop owes."""
    WALLET = "wallet"
    """A top-up: what is in the wallet; the rest its owner owes."""


class Chargeback(Struct, kw_only=True):
    """拒付 of one order: what a channel took back of it. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    payment_id: UUID
    order_id: UUID | None
    """None: it was for none of our orders."""
    shop_id: UUID | None
    purse: Purse | None = None
    """Where it went, if it was for none of our orders."""
    debtor_id: UUID | None = None
    """The shop or the person whose purse that is."""
    channel: str
    reference: str
    amount: int
    fee: int
    reason: str
    respond_by: datetime | None
    state: ChargebackState
    stage: Stage | None = None
    held: int = 0
    """How much of the order's money is held, or to be had of the purse: what had not gone back before."""
    of_available: int | None = None
    """How much of that is held of what the shop has available, or of a wallet. None: nothing was tried.

    Likewise `of_deposit`.
    """
    of_deposit: int | None = None
    hold: int = 1
    """Which hold of it that is: 2 once it was held anew."""
    borne: int = 0
    """What nobody could be charged for."""
    received_at: datetime
    held_at: datetime | None = None
    represented_at: datetime | None = None
    represented_by: UUID | None = None
    argument: str = ""
    """What was answered to the channel."""
    ended_at: datetime | None = None
    closed_at: datetime | None = None
    """When its money was dealt with: from then on nothing of it is pending."""


class Payable(Struct, frozen=True, kw_only=True):
    """An order of a merchant's program: what its payer paid (`due`), by which payment, and what of that went back."""

    payment_id: UUID | None
    is_closed: bool
    due: int
    gone_back: int


class Shown(Struct, frozen=True, kw_only=True):
    """What a shop said and showed."""

    number: int
    words: str
    pictures: tuple[str, ...]
    submitted_at: datetime


class TakeChargeback(Struct, frozen=True, kw_only=True):
    """Book a chargeback that a channel told of, and hold what is disputed. `near` is the order, or the payment."""

    near: UUID
    payment_id: UUID
    order_id: UUID | None
    shop_id: UUID | None
    purse: Purse | None = None
    debtor_id: UUID | None = None
    recoverable: int = 0
    """What the purse makes good of, at most, as far as payments know."""
    channel: str
    reference: str
    amount: int
    fee: int
    reason: str
    respond_by: datetime | None
    received_at: datetime
    actor: Actor


class EndChargeback(Struct, frozen=True, kw_only=True):
    """Note how a channel decided."""

    near: UUID
    channel: str
    reference: str
    is_won: bool
    actor: Actor


class FollowChargeback(Struct, frozen=True, kw_only=True):
    """Hold what is not held yet, and deal with the money of what is decided."""

    id: UUID


class ShowEvidence(Struct, frozen=True, kw_only=True):
    """Say and show something for the shop. `number` counts what is shown, from 1, so that asking again is safe."""

    id: UUID
    shop_id: UUID
    number: int
    words: str
    pictures: tuple[str, ...] = ()
    actor: Actor


class RepresentChargeback(Struct, frozen=True, kw_only=True):
    """Note what was answered to the channel."""

    id: UUID
    argument: str
    actor: Actor


class ChargebackStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    CHARGEBACK_NOT_FOUND = "chargeback_not_found"
    OWN_ORDER = "own_order"
    """Who shows something for the shop bought it themselves: somebody else of the shop has to."""
    EXISTS = "exists"
    """The same was done before."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It is over, or was answered already (machine.py)."""
    NUMBER_TAKEN = "number_taken"
    """Something else was shown under this number, or it is not the next one, or there were 20 before."""
    WORDS_INVALID = "words_invalid"
    """Nothing was said, or too much."""
    PICTURES_INVALID = "pictures_invalid"
    """More than 9, or some that were not uploaded for this case."""
    WAITS = "waits"
    """It is lost, and another chargeback holds money of the same order: who pays is known once that is decided."""
    DONE = "done"


def case_id_of(near: UUID, channel: str, reference: str) -> UUID:
    """Give the id of a case: near its order, the same for the same notice."""
    return derive(near, "chargeback", channel, reference)
