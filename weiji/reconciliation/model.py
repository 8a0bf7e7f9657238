"""The words of reconciliation: statements and their lines, breaks, and how breaks end."""

from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.identity import Refusal
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
    SETTLEMENT_RETURN = "settlement_return"
    """提现退回: the bank did not take what was withdrawn, or gave it back. Only statements tell of it."""
    PAYOUT = "payout"
    PAYOUT_RETURN = "payout_return"
    CHARGEBACK = "chargeback"
    """拒付: the channel took back what a payer disputes; its fee comes with it."""
    CHARGEBACK_REVERSAL = "chargeback_reversal"
    """It was won: the channel gave the amount again."""
    FEE = "fee"
    """A fee by itself, which no notice tells of. Its amount is less than nothing where the channel gave it back.

    One that names what it is of (`about`) is a fee if that is a trade of ours, and was not counted as one before; else
    nobody knows it.
    """
    DEBIT = "debit"
    """Money that went from our bank account and is no payout or refund of ours: what the bank charges, what the
    operator spends. Only statements of the account tell of it."""
    CREDIT_TAKEN_BACK = "credit_taken_back"
    """红字冲正: the bank takes back a line by which it wrote that money came to our account. Likewise."""
    DEBIT_TAKEN_BACK = "debit_taken_back"
    """The bank takes back a line by which it wrote that money went: it is there again. Likewise."""


OF_BANK_LINES: Final = frozenset({LineKind.DEBIT, LineKind.CREDIT_TAKEN_BACK, LineKind.DEBIT_TAKEN_BACK})
"""What only statements of the bank account tell of."""

TAKES_BACK: Final = {LineKind.CREDIT_TAKEN_BACK: LineKind.CHARGE, LineKind.DEBIT_TAKEN_BACK: LineKind.DEBIT}
"""What a line in red ink takes back."""


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
    """It is a fee, and booked as one; of what went from the bank account a person decided that."""
    OWN_FUNDS = "own_funds"
    """A person decided: what is too much is the operator's, what is missing the operator bears."""
    REVERSED = "reversed"
    """A person decided: the channel mended its statement, or has given it back, or what went from the bank account was
    booked by other means; so the posting is taken back."""
    ARRIVED = "arrived"
    """It is what a channel said that it paid to our bank, and booked already: the posting is taken back."""
    RETURNED = "returned"
    """It is what a channel had paid to our bank, which came back: the channel holds it again, and the bank does not."""
    PAID = "paid"
    """A person decided: it is a transfer of ours that the bank's line does not name, or several in one sum."""
    CORRECTED = "corrected"
    """Of a line on the bank account, and of the one by which the bank takes it back: none is money, so both postings
    are undone."""
    CHARGED_BACK = "charged_back"
    """A person decided: what the bank takes back is a chargeback, which was written down, and what that left to be made
    up for by the channel is."""


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
    about: str = ""
    """Of theirs: what it belongs to, by the channel's number."""


class Difference(Struct, frozen=True, kw_only=True):
    """A transaction that the two sides do not have alike; `elsewhere` is ours, if it is of another day, and `of` what
    of ours it names as that which it belongs to.
    """

    ours: Side | None
    theirs: Side | None
    elsewhere: Side | None = None
    of: Side | None = None
    is_counted: bool = False
    """Of a fee that names a trade: what that costs was booked before, with all that was to be charged for its day."""

    @property
    def one(self) -> Side:
        """Whichever side there is."""
        side = self.theirs or self.ours
        assert side is not None
        return side


class Settlement(Struct, frozen=True, kw_only=True):
    """What a channel said that it paid to our bank: the amount without its fee. Or what the bank was to pay for us."""

    shard: int
    channel: str
    reference: str
    amount: int
    at: datetime
    about: str = ""
    """The number that the channel gives to all that has to do with it; none: it did not say."""
    is_arrived: bool = False
    """Whether it is known which money on the bank account it was."""
    is_returned: bool = False
    """Whether it came back."""

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
    """What it is, or is proposed to be, of what channels said that they paid to our bank, or what of that came back;
    or of what the bank was to pay for us; or the line that it takes back, or is taken back by: the id of its break."""
    about: str = ""
    """What it belongs to, by the channel's number, where the statement names it."""
    payer: str = ""
    """Who paid it, as the bank's line says, and what they wrote to it; where breaks are listed."""
    remark: str = ""
    has_statement: bool = False
    """Whether there is a statement of its day; where breaks of many days are listed."""

    @property
    def may_be_settlement(self) -> bool:
        """Whether it is money on the bank account that nothing of ours explains."""
        return self.channel == BANK and self.kind is LineKind.CHARGE and self.class_ is BreakClass.THEIRS_ONLY

    @property
    def may_be_return(self) -> bool:
        """Whether it is money at a channel that nothing of ours explains: a withdrawal may have come back."""
        is_money = self.kind in (LineKind.SETTLEMENT_RETURN, LineKind.CHARGE)
        return self.channel != BANK and is_money and self.class_ is BreakClass.THEIRS_ONLY

    @property
    def is_debit(self) -> bool:
        """Whether it is money that went from our bank account, by nothing of ours."""
        return self.channel == BANK and self.kind is LineKind.DEBIT

    @property
    def is_correction(self) -> bool:
        """Whether the bank takes back by it what it wrote."""
        return self.channel == BANK and self.kind in TAKES_BACK

    @property
    def is_named(self) -> bool:
        """Whether its line says that it has to do with what channels pay to our bank."""
        return self.may_be_settlement or self.kind is LineKind.SETTLEMENT_RETURN


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
    open: int = 0
    """How many of its breaks are not over."""
    shortage: int | None = None
    """Of a channel that pays what days come to by itself: what is to be made up for after this one. 0 at most."""


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
    """Propose how a break ends: what is too much is ours (`own_funds`), the posting is taken back (`reversed`), money
    on the bank account is what channels said that they paid (`arrived`, as these *settlements*), or money that a
    channel has is what of that came back (`returned`, likewise), or what went from the bank account is a `fee`, or
    transfers of ours (`paid`, likewise). What the bank takes back is a line that waits (`corrected`, as *settlements*:
    the bank, and the id of its break), a chargeback (`charged_back`), or a `fee` that is given back.
    """

    break_id: UUID
    resolution: Resolution
    note: str
    actor: Actor
    settlements: tuple[SettlementKey, ...] = ()


class AgreeToResolution(Struct, frozen=True, kw_only=True):
    """Agree to what somebody else proposed, or with *is_agreed* False: send it back.

    Who agrees says by its *hash* (`hash_of`) what they saw, and proves anew who they are: *refusal* says why they could
    not; the caller has asked for the payment password.
    """

    break_id: UUID
    is_agreed: bool
    actor: Actor
    hash: bytes = b""
    refusal: Refusal | None = None


class ResolutionStatus(StrEnum):
    """How deciding about a break ended. Where several apply, the first listed is given."""

    BREAK_NOT_FOUND = "break_not_found"
    NOTE_MISSING = "note_missing"
    """Nobody said why, or said too much."""
    NOT_A_DECISION = "not_a_decision"
    """For people to decide are `own_funds`, `reversed`, of money that nobody knows `arrived`, on the bank account, or
    `returned`, at a channel, and `paid` and `fee` of what went from the bank account. Of what the bank takes back
    there, `corrected`, too, and `charged_back`, where that had come, or `fee`, where it had gone."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It is resolved, not proposed yet, proposed already, or its posting is still to come."""
    EXISTS = "exists"
    SETTLEMENT_NOT_FOUND = "settlement_not_found"
    """No channel said so, within 60 days before the money came; or it came before, or came back. Or the bank was given
    no such transfer in the 60 days before the money went; or that went by another line, or did not go. Or no such line
    of that amount waits to be ended."""
    SETTLEMENTS_DIFFER = "settlements_differ"
    """The settlements add up to another amount than what came, or went."""
    SAME_PERSON = "same_person"
    """Two people decide: who proposed may not agree."""
    CHANGED = "changed"
    """What is proposed is not what was to be agreed to: it was taken back, and something else proposed."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Too many wrong ones: nothing is checked for a while."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    OWN_FUNDS_SHORT = "own_funds_short"
    """The operator has put in less than what is missing: pay in own funds first."""
    DONE = "done"
