"""Types for the statements in `queries.sql`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction
from weiji.payments import REGISTRY
from weiji.periods.model import Correction, Kept, Line, Period, State, Unstated
from weiji.reconciliation import accounts_of, due_days

SQL = sql.beside(__file__)

CORRECTIONS_SHOWN: Final = 100
"""Corrections of a month that are read, the latest first."""


async def get_state(reader: Reader, month: date, until: date) -> State:
    """Read what is known of a month, *until* which differences count. One statement."""
    switched_off = accounts_of(sorted(REGISTRY.closed_names))
    row = await reader.row(SQL.get_state, month, until, CORRECTIONS_SHOWN, *due_days(month, until), *switched_off)
    assert row is not None
    found = row["period"]
    return State(
        latest=row["latest"],
        open_breaks=row["open_breaks"],
        unstated=msgspec.convert(row["unstated"], list[Unstated]),
        kept=msgspec.convert(row["kept"], Kept | None),
        period=None if found is None else _from_json(found),
        maker=row["maker"],
        checker=row["checker"],
        corrections=msgspec.convert(row["corrections"], list[Correction], strict=False),
    )


def _from_json(found: dict[str, str]) -> Period:
    # PostgreSQL writes bytes as \x….
    binary = {name: _bytes(found[name]) for name in ("trial_hash", "public_key", "signature")}
    return Period(
        month=date.fromisoformat(found["month"]),
        document=found["document"],
        trial_hash=binary["trial_hash"] or b"",
        proposal_id=UUID(found["proposal_id"]),
        proposed_by=UUID(found["proposed_by"]),
        approved_by=UUID(found["approved_by"]),
        closed_at=datetime.fromisoformat(found["closed_at"]),
        public_key=binary["public_key"],
        signature=binary["signature"],
        signed_at=datetime.fromisoformat(found["signed_at"]) if found["signed_at"] else None,
    )


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text.removeprefix("\\x"))


async def list_periods(reader: Reader, before: date | None, limit: int) -> list[Period]:
    """Read months that are closed, the latest first."""
    return [_period(row) for row in await reader.rows(SQL.list_periods, before, limit)]


def _period(row: Row) -> Period:
    return Period(**{name: row[name] for name in Period.__struct_fields__})


async def find_unkept(reader: Reader, months: Sequence[date], limit: int) -> list[date]:
    """Find months that are not closed, and of which nothing is kept, the first ones."""
    return [row["month"] for row in await reader.rows(SQL.find_unkept, months, limit)]


async def keep_trials(tx: Transaction, began_on: date, trials: Mapping[date, Sequence[Line]]) -> None:
    """Keep what accounts had come to when months ended."""
    lines = [msgspec.json.encode(trial).decode() for trial in trials.values()]
    await tx.run(SQL.keep_trials, list(trials), began_on, lines)


async def mend_trial(tx: Transaction, month: date, trial: Sequence[Line]) -> None:
    """Keep of a month what it is, if something else is kept."""
    await tx.run(SQL.mend_trial, month, msgspec.json.encode(trial).decode())


async def get_latest(reader: Reader) -> date | None:
    """Read which month is the last that is closed."""
    found: date | None = await reader.value(SQL.get_latest)
    return found


async def add_period(tx: Transaction, period: Period) -> bool:
    """Write a month that is closed; False where somebody else closed it."""
    found = await tx.value(
        SQL.add_period, period.month, period.document, period.trial_hash, period.proposal_id, period.proposed_by,
        period.approved_by, period.closed_at,
    )  # fmt: skip
    return found is not None


async def lock_unsigned(tx: Transaction) -> list[tuple[date, str]]:
    """Lock the months that nobody signed; give what is to be signed of each."""
    return [(row["month"], row["document"]) for row in await tx.rows(SQL.lock_unsigned)]


async def sign_periods(tx: Transaction, months: Sequence[date], key: bytes, signatures: Sequence[bytes]) -> None:
    """Write signatures."""
    await tx.run(SQL.sign_periods, months, key, signatures, tx.now)


async def add_corrections(tx: Transaction, corrections: Sequence[tuple[UUID, date, int]]) -> None:
    """Write what was posted late."""
    if corrections:
        ids, months, amounts = zip(*corrections, strict=True)
        await tx.run(SQL.add_corrections, ids, months, amounts, tx.now)
