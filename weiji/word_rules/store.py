"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import shards_of
from weiji.word_rules.model import Allowance, WordRule, WordRulesVersion

SQL = sql.beside(__file__)

_ESCAPED: Final = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})
_FIRST: Final = UUID(int=0)


class Latest(Struct, frozen=True, kw_only=True):
    """The version in force, and what it is remembered by."""

    version: int
    id: UUID
    rules: int


class Was(Struct, frozen=True, kw_only=True):
    """What a rule was from a version on, who made it so and why."""

    rule: WordRule
    from_version: int
    to_version: int | None
    author_id: UUID | None
    reason: str
    created_at: datetime


async def get_latest(reader: Reader) -> Latest:
    """Read which version is in force."""
    row = await reader.row(SQL.get_latest)
    assert row, "a migration writes the first"
    return Latest(version=row["version"], id=row["id"], rules=row["rules"])


async def list_versions(reader: Reader, before: int | None, limit: int) -> list[WordRulesVersion]:
    """Read versions, the latest first."""
    return [msgspec.convert(dict(row), WordRulesVersion) for row in await reader.rows(SQL.list_versions, before, limit)]


async def add_version(tx: Transaction, version: WordRulesVersion, id: UUID) -> bool:
    """Write a version; tell whether nobody was faster."""
    facts = (version.rules, version.put, version.retired, version.author_id, version.reason, version.created_at)
    return await tx.value(SQL.add_version, version.version, id, *facts) is not None


async def replace_rules(tx: Transaction, version: int, put: Sequence[WordRule], retired: Collection[UUID]) -> None:
    """Put rules in force from a version on, and end those that they replace, or that are retired."""
    await tx.run(SQL.end_rules, [*(rule.id for rule in put), *retired], version)
    if put:
        await tx.run(SQL.add_rules, *columns(put, "id", "name"), list(put), version)


async def get_rules(reader: Reader, ids: Collection[UUID]) -> dict[UUID, WordRule]:
    """Read rules that are in force."""
    rows = await reader.rows(SQL.get_rules, list(ids))
    return {rule.id: rule for row in rows if (rule := msgspec.convert(row["rule"], WordRule))}


async def get_rules_of_version(reader: Reader, version: int) -> list[WordRule]:
    """Read all rules of a version."""
    return [msgspec.convert(row["rule"], WordRule) for row in await reader.rows(SQL.get_rules_of_version, version)]


async def get_tried(reader: Reader, fingerprints: Collection[str], since: datetime) -> set[str]:
    """Read which rules were tried since a time, by their fingerprints."""
    return {row["fingerprint"] for row in await reader.rows(SQL.get_tried, list(fingerprints), since)}


async def note_trials(tx: Transaction, fingerprints: Collection[str], forgotten: datetime) -> None:
    """Write that rules were tried now, and forget what was tried before *forgotten*."""
    await tx.run(SQL.forget_trials, forgotten)
    await tx.run(SQL.note_trials, list(fingerprints), tx.now)


async def find_rules(reader: Reader, words: str, after: tuple[str, UUID] | None, limit: int) -> list[WordRule]:
    """Read rules in force by what their names or words have in them, by name."""
    name, id = after or ("", _FIRST)
    pattern = f"%{words.translate(_ESCAPED)}%" if words else ""
    return [
        msgspec.convert(row["rule"], WordRule) for row in await reader.rows(SQL.find_rules, pattern, name, id, limit)
    ]


async def get_history(reader: Reader, id: UUID, limit: int) -> list[Was]:
    """Read what a rule was, the latest first."""
    return [msgspec.convert(dict(row), Was) for row in await reader.rows(SQL.get_history, id, limit)]


async def get_allowances(reader: Reader, subject_ids: Collection[UUID]) -> set[Allowance]:
    """Read what things may say all the same."""
    ids = sorted(set(subject_ids))
    rows = await reader.rows(SQL.get_allowances, shards_of(ids), ids)
    return {Allowance(row["subject_id"], row["rule_id"], row["word"]) for row in rows}


async def add_allowances(tx: Transaction, allowances: Collection[Allowance]) -> None:
    """Write what things may say all the same."""
    if allowances:
        ids, *facts = columns(list(allowances))
        await tx.run(SQL.add_allowances, shards_of(ids), ids, *facts, tx.now)
