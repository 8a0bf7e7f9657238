"""What is decided about months, as pure functions over what was read."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from hashlib import sha256
from typing import Final

import msgspec

from weiji.kit.clock import SHANGHAI
from weiji.ledger import TrialLine
from weiji.periods.model import (
    CLEARING,
    CLOSE_AFTER,
    KEPT_AFTER,
    MONTH,
    Blocker,
    BlockerKind,
    ClosePeriodStatus,
    Document,
    Line,
    Period,
    Unstated,
)

_MONTH: Final = re.compile(MONTH)
_MONEY: Final = 1
"""The ledger of fen; the others count what is no money, or parts of a fen."""

LIABILITIES: Final = range(2_000, 4_000)
"""Kinds of accounts that have credit balances."""


def read_month(text: str) -> date | None:
    """Read a month (2026-01) as its first day; None where it is none."""
    return date(int(text[:4]), int(text[5:]), 1) if _MONTH.match(text) else None


def write_month(month: date) -> str:
    """Write a month."""
    return f"{month:%Y-%m}"


def next_month(month: date) -> date:
    """Find the first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def month_before(month: date) -> date:
    """Find the first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def end_of(month: date) -> datetime:
    """Find the first moment that is not in a month any more."""
    return datetime.combine(next_month(month), time(), SHANGHAI)


def lines_of(trial: Sequence[TrialLine]) -> tuple[Line, ...]:
    """Take what belongs to the month: not what moved since."""
    return tuple(
        Line(ledger=each.ledger, code=each.code, accounts=each.accounts, debits=each.debits, credits=each.credits)
        for each in trial
        if each.accounts
    )


def over(began: date, now: datetime) -> list[date]:
    """Name the months from the first of the books on that nothing more is recorded in."""
    months = []
    month = began
    while end_of(month) + KEPT_AFTER <= now:
        months.append(month)
        month = next_month(month)
    return months


def since(kept: Sequence[Line], totals: Mapping[tuple[int, int], tuple[int, int]]) -> list[TrialLine]:
    """Say what moved after a month whose end is kept: *totals* is what accounts of a kind came to by now, debits and
    credits.
    """
    return [
        TrialLine(
            **{name: getattr(each, name) for name in Line.__struct_fields__},
            debits_later=totals[each.ledger, each.code][0] - each.debits,
            credits_later=totals[each.ledger, each.code][1] - each.credits,
        )
        for each in kept
    ]


def hash_of(month: date, lines: Sequence[Line]) -> bytes:
    """Make the hash of exactly the trial balance that is closed."""
    return sha256(msgspec.json.encode([write_month(month), lines], order="sorted")).digest()


def left_on(each: TrialLine) -> int:
    """Say how much of what accounts of a kind had at the month's end has not left them since, as it came.

    The platform's accounts have a row in every shard, and money may leave by another than it came: their sum tells.
    """
    balance = each.debits - each.credits
    return max(-balance - each.debits_later if each.code in LIABILITIES else balance - each.credits_later, 0)


def find_blockers(
    month: date,
    trial: Sequence[TrialLine],
    *,
    latest: date | None,
    began: date,
    open_breaks: int,
    unstated: Sequence[Unstated],
    now: datetime,
) -> tuple[Blocker, ...]:
    """Say all that stands in the way of closing a month, the weightiest first."""
    found = []
    if now < end_of(month) + CLOSE_AFTER:
        found.append(Blocker(kind=BlockerKind.NOT_OVER))
    if month != began and (latest is None or latest < month_before(month)):
        found.append(Blocker(kind=BlockerKind.EARLIER_OPEN))
    missing = BlockerKind.STATEMENTS_MISSING
    found += [Blocker(kind=missing, amount=each.days, channel=each.channel, since=each.since) for each in unstated]
    if open_breaks:
        found.append(Blocker(kind=BlockerKind.BREAKS_OPEN, amount=open_breaks))
    found += [
        Blocker(kind=BlockerKind.NOT_CLEARED, code=each.code, amount=left)
        for each in trial
        if each.ledger == _MONEY and each.code in CLEARING and (left := left_on(each))
    ]
    return tuple(found)


def judge_closing(
    trial_hash: bytes, seen: bytes, blockers: Sequence[Blocker], period: Period | None
) -> ClosePeriodStatus:
    """Say whether a month may be closed."""
    if period is not None:
        return ClosePeriodStatus.EXISTS
    if blockers:
        return ClosePeriodStatus(blockers[0].kind.value)
    return ClosePeriodStatus.CLOSED if trial_hash == seen else ClosePeriodStatus.TRIAL_DIFFERS


def write_document(document: Document) -> str:
    """Write what is signed: canonical JSON, with its names in order."""
    return msgspec.json.encode(document, order="sorted").decode()


def read_document(text: str) -> Document:
    """Read what was signed."""
    return msgspec.json.decode(text, type=Document)
