"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import shards_of
from weiji.word_rules.model import Allowance, Draft, Place, Tried, WordRule, WordRulesVersion

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
    counts, why = (version.rules, version.put, version.retired), (version.author_id, version.reason, version.created_at)
    return await tx.value(SQL.add_version, version.version, id, *counts, *why, version.approver_id) is not None


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


async def get_tried(reader: Reader, fingerprints: Collection[str], since: datetime) -> dict[str, Tried]:
    """Read which rules were tried since a time, and what came of it, by their fingerprints."""
    rows = await reader.rows(SQL.get_tried, list(fingerprints), since)
    return {row["fingerprint"]: msgspec.convert(dict(row), Tried) for row in rows}


async def note_trials(
    tx: Transaction, found: Mapping[str, Mapping[Place, int] | None], trial_id: UUID | None, forgotten: datetime
) -> None:
    """Write what rules found now, by their fingerprints, and forget what was tried before *forgotten*."""
    await tx.run(SQL.forget_trials, forgotten)
    await tx.run(SQL.note_trials, list(found), list(found.values()), trial_id, tx.now)


async def add_draft(tx: Transaction, draft: Draft, forgotten: datetime) -> None:
    """Write what is proposed, as of now, and forget what was before *forgotten*."""
    await tx.run(SQL.forget_drafts, forgotten, draft.digest)
    rule_ids = [*(rule.id for rule in draft.put), *draft.retired]
    await tx.run(SQL.add_draft, draft.digest, draft.put, list(draft.retired), rule_ids, draft.trials, tx.now)


async def get_draft(reader: Reader, digest: str) -> tuple[Draft, dict[UUID, WordRule]] | None:
    """Read what is proposed, with the rules in force that it replaces or retires."""
    row = await reader.row(SQL.get_draft, digest)
    if row is None:
        return None
    known = msgspec.convert(row["known"] or [], list[WordRule])
    return msgspec.convert(dict(row), Draft), {rule.id: rule for rule in known}


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
