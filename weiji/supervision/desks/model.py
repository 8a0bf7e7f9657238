"""The words of desks: where staff decide something, and how they get on."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

DONE_OF: Final = timedelta(days=7)
"""How far back it is told what was done."""


class DeskName(StrEnum):
    """Where staff decide something."""

    INQUIRIES = "inquiries"
    """Complaints, and what rules found."""
    NAMES = "names"
    """Names of people in which word rules found something."""
    PENALTY_APPEALS = "penalty_appeals"
    SUSPENSION_APPEALS = "suspension_appeals"
    GOODS = "goods"
    """Goods that are looked at before they are sold."""
    APPLICATIONS = "applications"
    """Who is behind a shop."""
    REVIEWS = "reviews"
    """Reviews that somebody reported."""
    DISPUTES = "disputes"
    PAYMENT_COMPLAINTS = "payment_complaints"
    """Complaints about what merchants' programs sold, that the sides left to the staff."""
    CHARGEBACKS = "chargebacks"
    """What a channel took back, until it is answered."""
    APPROVALS = "approvals"
    """What one of the staff proposed, until another approves it."""
    BREAKS = "breaks"
    """Differences with what channels say, that two people end."""
    BANK_TRANSFERS = "bank_transfers"
    """What the bank is to pay and is in no file for it yet."""
    PAYOUT_REVIEWS = "payout_reviews"
    """Large withdrawals, until two of the staff let them go, or one refuses."""
    SILENT_PAYOUTS = "silent_payouts"
    """Withdrawals of which their channels have told nothing for two days, until two of the staff do."""
    ENROLMENTS = "enrolments"
    """Shops that channels do not take on, or took on by another number, until somebody mends or decides it."""


class DeskFigures(Struct, frozen=True, kw_only=True):
    """How a desk gets on."""

    desk: DeskName
    waiting: int = 0
    overdue: int = 0
    """Of them, those whose time is over; a desk that promises none has none."""
    oldest_at: datetime | None = None
    """Since when the oldest waits."""
    done: int = 0
    """What was decided in the last seven days."""
    seconds_mean: int = 0
    """How long that had waited, on the average."""
