"""The words of periods: months of the books, what stands in the way of closing one, and what a closed one says."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.ledger import Code

CLOSE_AFTER: Final = timedelta(days=3)
"""So long after its end a month is closed at the earliest: what channels state of its last day is there by then."""

KEPT_AFTER: Final = timedelta(hours=1)
"""So long after its end no machine's clock is in it any more (`jobs.AHEAD_MAX`): what accounts came to then is kept."""

MONTH: Final = r"^2[0-9]{3}-(0[1-9]|1[0-2])\Z"
"""How a month is written: 2026-01."""

CLEARING: Final = (
    Code.CHANNEL_RECEIVABLE,
    Code.SUSPENSE_SHORT,
    Code.MERCHANT_CLAIM,
    Code.PAYOUT_CLEARING,
    Code.REFUND_CLEARING,
    Code.SUSPENSE,
    Code.TRANSIT,
)
"""Accounts that come back to zero. What a month left on them is to be gone before it is closed."""


class Line(Struct, frozen=True, kw_only=True):
    """What all accounts of a kind came to when the month ended. Amounts are the ledger's smallest units."""

    ledger: int
    code: int
    accounts: int
    debits: int
    credits: int


class BlockerKind(StrEnum):
    """What stands in the way of closing a month."""

    NOT_OVER = "not_over"
    """It ended less than three days ago, or has not."""
    EARLIER_OPEN = "earlier_open"
    """The month before it is not closed."""
    STATEMENTS_MISSING = "statements_missing"
    """A channel's statements of so many of its days were not held against the books, though money moved there."""
    BREAKS_OPEN = "breaks_open"
    """Differences with channels' statements of its days are not resolved: so many."""
    NOT_CLEARED = "not_cleared"
    """It left an amount on accounts of a kind that come back to zero."""


class Blocker(Struct, frozen=True, kw_only=True):
    """Something that stands in the way."""

    kind: BlockerKind
    amount: int = 0
    """Days, breaks, or fen; 0 where there is nothing to count."""
    code: int | None = None
    """The kind of accounts."""
    channel: str | None = None
    """Whose statements are missing."""
    since: date | None = None
    """The first day of which one is."""


class Correction(Struct, frozen=True, kw_only=True):
    """What was posted late for a closed month, in an open one. The id is its proposal's."""

    id: UUID
    month: date
    amount: int
    made_at: datetime


class Period(Struct, frozen=True, kw_only=True):
    """A month that was closed. `document` is what is signed, to the letter."""

    month: date
    document: str
    trial_hash: bytes
    proposal_id: UUID
    proposed_by: UUID
    approved_by: UUID
    closed_at: datetime
    public_key: bytes | None = None
    signature: bytes | None = None
    signed_at: datetime | None = None


class Document(Struct, frozen=True, kw_only=True):
    """What a closed month says: its trial balance, where the ledger's chains stood when it was closed, by whom.

    Each names the one before by the hash of its document: so months are a chain, too.
    """

    month: str
    until: datetime
    trial: tuple[Line, ...]
    trial_hash: str
    heads: tuple[tuple[int, int, str], ...]
    """Lane, batch, hash."""
    previous: str
    """The SHA-256 of the document of the month before; empty: it is the first."""
    proposal_id: UUID
    proposed_by: UUID
    approved_by: UUID
    closed_at: datetime


class Kept(Struct, frozen=True, kw_only=True):
    """What all accounts came to when a month ended, as it was summed once, and in which month the books began."""

    began_on: date
    trial: tuple[Line, ...]


class Unstated(Struct, frozen=True, kw_only=True):
    """On how many days of a month money moved at a channel of which no statement was held against the books."""

    channel: str
    days: int
    since: date
    """The first of them."""


class State(Struct, frozen=True, kw_only=True):
    """What is known of a month beside its trial balance."""

    latest: date | None
    """The last month that is closed."""
    open_breaks: int
    unstated: list[Unstated]
    kept: Kept | None
    period: Period | None
    maker: str | None
    """The name of who proposed to close it; None while it is open."""
    checker: str | None
    corrections: list[Correction]


class Sheet(Struct, frozen=True, kw_only=True):
    """A month as it stands: its trial balance, by which hash that is closed, and what stands in the way."""

    month: date
    until: datetime
    trial: tuple[Line, ...]
    trial_hash: bytes
    blockers: tuple[Blocker, ...]
    period: Period | None
    maker: str | None
    """The name of who proposed to close it; None while it is open."""
    checker: str | None
    corrections: list[Correction]


class ClosePeriod(Struct, frozen=True, kw_only=True):
    """Close a month, by whose trial balance the two saw. `proposal_id` is theirs."""

    month: date
    trial_hash: bytes
    proposal_id: UUID
    proposed_by: UUID
    actor: Actor


class ClosePeriodStatus(StrEnum):
    """How closing ended. Where several apply, the first listed is given."""

    CLOSED = "closed"
    EXISTS = "exists"
    """It is closed already."""
    PERIOD_NOT_FOUND = "period_not_found"
    """Nothing is in the books before it ended."""
    NOT_OVER = "not_over"
    """It ended less than three days ago, or has not."""
    EARLIER_OPEN = "earlier_open"
    """The month before it is not closed."""
    STATEMENTS_MISSING = "statements_missing"
    """Statements of channels of some of its days were not held against the books."""
    BREAKS_OPEN = "breaks_open"
    """Differences with channels' statements are not resolved."""
    NOT_CLEARED = "not_cleared"
    """It left something on accounts that come back to zero."""
    TRIAL_DIFFERS = "trial_differs"
    """Its trial balance is not the one that was seen."""
