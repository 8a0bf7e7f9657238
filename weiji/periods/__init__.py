"""Periods: months of the books, closed for ever by two of the staff. See README.md."""

from weiji.periods.handlers import jobs
from weiji.periods.model import (
    MONTH,
    ClosePeriod,
    ClosePeriodStatus,
    Correction,
    Period,
)
from weiji.periods.operations import close_periods, find_open, note_corrections
from weiji.periods.rules import read_month
from weiji.periods.verify import verify_periods

__all__ = [
    "MONTH",
    "ClosePeriod",
    "ClosePeriodStatus",
    "Correction",
    "Period",
    "close_periods",
    "find_open",
    "jobs",
    "note_corrections",
    "read_month",
    "verify_periods",
]
