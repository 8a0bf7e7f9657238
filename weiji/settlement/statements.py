"""The statement of a shop's month: what it had, what came in and went out, what it has. Pending and available are one.

A month is a month of Shanghai. The sums read what moved since the month began: those of the last months cost little,
those of long ago as much as the shop has sold since.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji import ledger
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database, Reader
from weiji.ledger import chart
from weiji.settlement.store import get_numbers

PAGE: Final = 1_000
"""Movements that are read at once."""


class Line(Struct, frozen=True, kw_only=True):
    """What movements of one kind (a code of the chart's kinds) brought, or took, in fen."""

    kind: int
    is_in: bool
    amount: int
    count: int


class Statement(Struct, frozen=True, kw_only=True):
    """A shop's month. `closing` = `opening` + what came in - what went out. `is_over`: nothing will come to it."""

    shop_id: UUID
    month: str
    since: datetime
    until: datetime
    is_over: bool
    opening: int
    income: int
    outgo: int
    closing: int
    lines: list[Line]


class Entry(Struct, frozen=True, kw_only=True):
    """One movement. `number` is that by which the shop knows its order, if there is one; `balance` what it had then."""

    id: UUID
    at: datetime
    kind: int
    amount: int
    number: str | None
    balance: int


def month_of(moment: datetime) -> str:
    """Name the month of a moment."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m}"


def read_month(text: str) -> date | None:
    """Read the name of a month (`2026-11`); None where it is none."""
    try:
        return date.fromisoformat(f"{text}-01") if text.isascii() and len(text) == 7 else None
    except ValueError:
        return None


def bounds_of(month: date) -> tuple[datetime, datetime]:
    """Say when a month begins, and when the next does."""
    begins = [month.replace(day=1), date(month.year + month.month // 12, month.month % 12 + 1, 1)]
    since, until = (datetime.combine(day, time(tzinfo=SHANGHAI)) for day in begins)
    return since, until


def months_since(begun: datetime, now: datetime) -> list[str]:
    """Name the months of a shop, the newest first."""
    first, last = begun.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    count = (last.year - first.year) * 12 + last.month - first.month
    months = (last.year * 12 + last.month - 1 - back for back in range(max(count, 0) + 1))
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in months]


async def get_statement(reader: Reader, shop_id: UUID, month: date, now: datetime) -> Statement:
    """Sum up a month of a shop."""
    since, until = bounds_of(month)
    totals = await ledger.get_totals(reader, _accounts(shop_id), since, until)
    lines = [Line(kind=one.code, is_in=one.is_in, amount=one.amount, count=one.transfers) for one in totals.lines]
    return Statement(
        shop_id=shop_id,
        month=f"{month:%Y-%m}",
        since=since,
        until=until,
        is_over=until <= now,
        opening=totals.opening,
        income=sum(line.amount for line in lines if line.is_in),
        outgo=sum(line.amount for line in lines if not line.is_in),
        closing=totals.closing,
        lines=lines,
    )


async def get_entries(database: Database, statement: Statement) -> AsyncIterator[Sequence[Entry]]:
    """Read the movements of a statement, oldest first, some at a time: those that it summed, and no later ones."""
    after, balance = 0, statement.opening
    left = sum(line.count for line in statement.lines)
    while left:
        async with database.read() as reader:
            rows = await ledger.get_movements(
                reader,
                _accounts(statement.shop_id),
                statement.since,
                statement.until,
                after=after,
                limit=min(PAGE, left),
            )
            numbers = await get_numbers(reader, {row["journal_id"] for row in rows if row["journal_id"]})
        if not rows:
            return
        entries = []
        for row in rows:
            amount = row["amount"] if row["is_in"] else -row["amount"]
            balance += amount
            entries.append(
                Entry(
                    id=row["id"],
                    at=datetime.fromtimestamp(row["timestamp"] / 1_000_000, SHANGHAI),
                    kind=row["code"],
                    amount=amount,
                    number=numbers.get(row["journal_id"]),
                    balance=balance,
                )
            )
        yield entries
        after, left = rows[-1]["timestamp"], left - len(rows)


def _accounts(shop_id: UUID) -> list[UUID]:
    return [chart.merchant_pending(shop_id).id, chart.merchant_available(shop_id).id]
