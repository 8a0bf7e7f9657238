"""The words of reconciliation: statements and their lines, breaks, and how breaks end."""

from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.payments import BANK

BREAKS_MAX: Final = 10_000
"""Breaks of one statement. One with more is of another day or another account: nothing of it is taken."""

NOTE_MAX: Final = 500

SETTLEMENTS_MAX: Final = 31
"""Settlements that one sum on the bank account may be: some channels pay what days came to in one."""


SettlementKey: TypeAlias = tuple[str, str]
"""The channel, and its reference."""


class LineKind(StrEnum):
    """What a line of a statement, or a movement of ours, is about."""

    CHARGE = "charge"
    REFUND = "refund"
    SETTLEMENT = "settlement"
    """The channel paid us what it had taken: the amount with its fee."""
    PAYOUT = "payout"
    PAYOUT_RETURN = "payout_return"
    CHARGEBACK = "chargeback"
    """拒付: the channel took back what a payer disputes; its fee comes with it."""
    CHARGEBACK_REVERSAL = "chargeback_reversal"
    """It was won: the channel gave the amount again."""
    FEE = "fee"
    """A fee by itself, which no notice tells of. Its amount is less than nothing where the channel gave it back."""


class BreakClass(StrEnum):
    """What a break is. Where several apply, the first listed is given."""

    DOUBLED = "doubled"
    """The channel lists one transaction twice."""
    AMOUNT_DIFFERS = "amount_differs"
    FEE = "fee"
    """The amounts agree and the fees do not, or it is a fee that only the statement tells of."""
    LATER_DAY = "later_day"
    """Both sides have it, on different days; or we will, once it is done that the channel began with."""
    OURS_ONLY = "ours_only"
    """短款: we booked it, and the statement does not have it."""
    THEIRS_ONLY = "theirs_only"
    """长款: the statement has it, and it belongs to nothing of ours, whether we had heard of it or not."""


class BreakState(StrEnum):
    """How far a break is."""

    OPEN = "open"
    PROPOSED = "proposed"
    """Somebody proposed how it ends; somebody else is to agree."""
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """How a break ended, or is to end."""

    LATER_DAY = "later_day"
    """The other side came on another day."""
    TOLD = "told"
    """The statement told what a lost notice should have: the payment, refund or payout took it from there."""
    FEE = "fee"
    """It is a fee, and booked as one."""
    OWN_FUNDS = "own_funds"
    """A person decided: what is too much is the operator's, what is missing the operator bears."""
    REVERSED = "reversed"
    """A person decided: the channel mended its statement, or has given it back, so the posting is taken back."""
    ARRIVED = "arrived"
    """It is what a channel said that it paid to our bank, and booked already: the posting is taken back."""


class Side(Struct, frozen=True, kw_only=True):
    """What one side has of a transaction: *times* over 1 only on theirs, no fee (not known) only on ours."""

    shard: int
    kind: LineKind
    reference: str
    subject_id: UUID | None
    amount: int
    fee: int | None
    at: datetime
    times: int = 1


class Difference(Struct, frozen=True, kw_only=True):
    """A transaction that the two sides do not have alike; `elsewhere` is ours, if it is of another day."""

    ours: Side | None
    theirs: Side | None
    elsewhere: Side | None = None

    @property
    def one(self) -> Side:
        """Whichever side there is."""
        side = self.theirs or self.ours
        assert side is not None
        return side


class Settlement(Struct, frozen=True, kw_only=True):
    """What a channel said that it paid to our bank: the amount without its fee."""

    shard: int
    channel: str
    reference: str
    amount: int
    at: datetime

    @property
    def key(self) -> SettlementKey:
        """What it is known by."""
        return self.channel, self.reference


class Break(Struct, frozen=True, kw_only=True):
    """A difference with a name. `delta` is what their side has more than ours (fen; less: negative)."""

    id: UUID
    channel: str
    day: date
    kind: LineKind
    class_: BreakClass
    reference: str
    subject_id: UUID | None
    ours: int | None
    theirs: int | None
    fee: int = 0
    """What the statement says that it cost."""
    occurred_at: datetime
    delta: int
    is_due: bool = False
    """Whether postings of it are still to be made."""
    is_to_tell: bool = False
    """Whether what the channel told by it is still to be told to payments."""
    told: str | None = None
    """What payments answered."""
    posted_at: datetime | None = None
    state: BreakState = BreakState.OPEN
    resolution: Resolution | None = None
    note: str = ""
    proposed_by: UUID | None = None
    resolved_by: UUID | None = None
    found_at: datetime
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    """When the postings that end it were made."""
    settlements: tuple[Settlement, ...] = ()
    """What it is, or is proposed to be, of what channels said that they paid to our bank."""
    payer: str = ""
    """Who paid it, as the bank's line says, and what they wrote to it; where breaks are listed."""
    remark: str = ""

    @property
    def may_be_settlement(self) -> bool:
        """Whether it is money on the bank account that nothing of ours explains."""
        return self.channel == BANK and self.kind is LineKind.CHARGE and self.class_ is BreakClass.THEIRS_ONLY


class Statement(Struct, frozen=True, kw_only=True):
    """A statement that was matched. `theirs` and `ours` are what each side adds up to (fen)."""

    id: UUID
    channel: str
    day: date
    lines: int
    matched: int
    breaks: int
    theirs: int
    ours: int
    matched_at: datetime


class ImportStatus(StrEnum):
    """How taking a statement ended. Where several apply, the first listed is given."""

    EXISTS = "exists"
    """The same was taken before."""
    EXISTS_WITH_DIFFERENT_LINES = "exists_with_different_lines"
    """Another one of that day was taken before. What it said stands; a person has to look."""
    DAY_NOT_OVER = "day_not_over"
    UNLIKE = "unlike"
    """It differs from our books in more than 10,000 places: it is of another day or account. Nothing of it is taken."""
    MATCHED = "matched"


class ProposeResolution(Struct, frozen=True, kw_only=True):
    """Propose how a break ends: what is too much is ours (`own_funds`), the posting is taken back (`reversed`), or
    money on the bank account is what channels said that they paid (`arrived`, as these *settlements*).
    """

    break_id: UUID
    resolution: Resolution
    note: str
    actor: Actor
    settlements: tuple[SettlementKey, ...] = ()


class AgreeToResolution(Struct, frozen=True, kw_only=True):
    """Agree to what somebody else proposed, or with *is_agreed* False: send it back."""

    break_id: UUID
    is_agreed: bool
    actor: Actor


class ResolutionStatus(StrEnum):
    """How deciding about a break ended. Where several apply, the first listed is given."""

    BREAK_NOT_FOUND = "break_not_found"
    NOTE_MISSING = "note_missing"
    """Nobody said why, or said too much."""
    NOT_A_DECISION = "not_a_decision"
    """Only `own_funds`, `reversed` and, of money on the bank account, `arrived` are for people to decide."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It is resolved, not proposed yet, proposed already, or its posting is still to come."""
    EXISTS = "exists"
    SETTLEMENT_NOT_FOUND = "settlement_not_found"
    """No channel said so, within 60 days before the money came, or it is money that came before."""
    SETTLEMENTS_DIFFER = "settlements_differ"
    """The settlements add up to another amount than what came."""
    SAME_PERSON = "same_person"
    """Two people decide: who proposed may not agree."""
    OWN_FUNDS_SHORT = "own_funds_short"
    """The operator has put in less than what is missing: pay in own funds first."""
    DONE = "done"
