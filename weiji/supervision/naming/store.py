"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import distinct_shards, shards_of
from weiji.supervision.inquiries.model import Finding
from weiji.supervision.naming.model import DUE, MarkedName

SQL = sql.beside(__file__)


async def mark_names(tx: Transaction, names: Sequence[tuple[UUID, str, Sequence[Finding]]]) -> None:
    """Mark names, each of a person, with what was found in them."""
    ids = [id for id, _, _ in names]
    findings = [tuple(its) for _, _, its in names]
    await tx.run(SQL.mark_names, shards_of(ids), ids, [name for _, name, _ in names], findings, tx.now, tx.now + DUE)


async def end_marks(tx: Transaction, person_ids: Collection[UUID]) -> None:
    """End what waits of people in whose names nothing is found any more."""
    ids = sorted(person_ids)
    await tx.run(SQL.end_marks, distinct_shards(ids), ids, tx.now)


async def lock_marked(tx: Transaction, person_ids: Collection[UUID]) -> dict[UUID, MarkedName]:
    """Lock marks of people until *tx* ends."""
    ids = sorted(person_ids)
    rows = await tx.rows(SQL.lock_marked, distinct_shards(ids), ids)
    return {row["person_id"]: msgspec.convert(dict(row), MarkedName) for row in rows}


async def decide_marks(tx: Transaction, marks: Sequence[MarkedName]) -> None:
    """Write what was decided."""
    ids, *facts = columns(marks, "person_id", "verdict", "decided_by")
    await tx.run(SQL.decide_marks, shards_of(ids), ids, *facts, tx.now)


async def list_open(reader: Reader, after: tuple[datetime, UUID] | None, limit: int) -> list[MarkedName]:
    """Read names that wait for staff, whose time ends first."""
    rows = await reader.rows(SQL.list_open, *(after or (None, None)), limit)
    return [msgspec.convert(dict(row), MarkedName) for row in rows]
