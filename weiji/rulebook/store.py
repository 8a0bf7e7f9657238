"""Types for the statements in `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction
from weiji.rulebook.model import Publishing, RuleSet, Version

SQL: Final = sql.beside(__file__)

R = TypeVar("R")


async def get_in_force(reader: Reader, of: RuleSet[R], now: datetime) -> Version[R]:
    """Read the rules that are in force at a time."""
    row = await reader.row(SQL.get_in_force, of.name, now)
    assert row is not None, f"there are no rules of {of.name}"
    return _version(of, row)


async def list_in_force(reader: Reader, of: Sequence[RuleSet[Any]], now: datetime) -> dict[str, Version[Any]]:
    """Read of several sets at once the rules that are in force at a time, by the names of the sets."""
    sets = {each.name: each for each in of}
    rows = [dict(row) for row in await reader.rows(SQL.list_in_force, list(sets), now)]
    return {(name := row.pop("name")): _version(sets[name], row) for row in rows}


async def list_versions(reader: Reader, of: RuleSet[R], before: int | None = None, limit: int = 30) -> list[Version[R]]:
    """Read versions, the latest first, from the one before *before*."""
    return [_version(of, row) for row in await reader.rows(SQL.list_versions, of.name, before, limit)]


async def add_version(
    tx: Transaction, of: RuleSet[R], new: Publishing[R], author_id: UUID | None, approver_id: UUID | None
) -> bool:
    """Write a version; tell whether nobody was faster."""
    found = await tx.value(
        SQL.add_version, of.name, new.version, new.effective_at, new.rules, author_id, approver_id, new.reason, tx.now
    )
    return found is not None


def _version(of: RuleSet[R], row: Row | dict[str, Any]) -> Version[R]:
    return Version(**{**row, "rules": msgspec.convert(row["rules"], of.kind)})
