"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.approvals.model import Deed, Proposal, State
from weiji.identity import StaffRole
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of

SQL = sql.beside(__file__)

GRANTS_LISTED: Final = 50

_FIELDS = Proposal.__struct_fields__


async def lock_proposals(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Proposal]:
    """Lock proposals until *tx* ends. What is not there is left out."""
    wanted = sorted(set(ids))
    return {row["id"]: _proposal(row) for row in await tx.rows(SQL.lock_proposals, shards_of(wanted), wanted)}


async def add_proposals(tx: Transaction, proposals: Sequence[Proposal]) -> None:
    """Write new proposals."""
    if proposals:
        ids, hashes, *facts = columns(proposals, "id", "hash", "reason", "maker_id", "proposed_at", "expires_at")
        deeds = [msgspec.to_builtins(proposal.deed) for proposal in proposals]
        await tx.run(SQL.add_proposals, shards_of(ids), ids, deeds, hashes, *facts)


async def decide_proposals(tx: Transaction, proposals: Sequence[Proposal]) -> None:
    """Write what became of proposals that are locked."""
    if proposals:
        ids, *facts = columns(proposals, "id", "state", "checker_id", "decided_at", "note")
        await tx.run(SQL.decide_proposals, shards_of(ids), ids, *facts)


async def get_cases(reader: Reader, case_ids: Collection[UUID]) -> set[tuple[UUID, UUID, UUID]]:
    """Read which shop and order disputes are about: (case, shop, order). What is not there is left out."""
    wanted = sorted(set(case_ids))
    rows = await reader.rows(SQL.get_cases, shards_of(wanted), wanted)
    return {(row["case_id"], row["shop_id"], row["order_id"]) for row in rows}


class Subject(Struct, frozen=True, kw_only=True):
    """A person whom a proposal is about, and their roles, each with its scope."""

    name: str
    handle: str | None
    roles: tuple[str, ...]


class Found(Struct, frozen=True, kw_only=True):
    """A proposal, with what a page of it says besides."""

    proposal: Proposal
    maker: str
    checker: str | None
    owners: dict[str, str]
    """The names of the shops and people whose money it is about, by their ids."""
    person: Subject | None
    """The person that it is about."""
    latest: Any
    """The version before it, as JSON has it; None where it is about none of the rulebook."""


async def get_proposal(reader: Reader, id: UUID) -> Found | None:
    """Read a proposal, and what a page of it says besides; None where there is none."""
    row = await reader.row(SQL.get_proposal, shard_of(id), id)
    if row is None:
        return None
    return Found(
        proposal=_proposal(row),
        maker=row["maker"] or str(row["maker_id"]),
        checker=row["checker"],
        owners=row["owners"] or {},
        person=msgspec.convert(row["person"], Subject | None),
        latest=row["latest"],
    )


async def list_proposals(
    reader: Reader, now: datetime, *, is_open: bool, before: UUID | None, limit: int
) -> list[Proposal]:
    """Read proposals that wait, or that are over, the newest first."""
    return [_proposal(row) for row in await reader.rows(SQL.list_proposals, is_open, before, limit, now)]


class WaitingGrant(Struct, frozen=True, kw_only=True):
    """A role that one of the staff wants somebody to have, until another agrees."""

    id: UUID
    person_id: UUID
    name: str
    role: StaffRole
    reason: str
    maker_id: UUID
    maker: str
    proposed_at: datetime


async def list_waiting_grants(reader: Reader, now: datetime) -> list[WaitingGrant]:
    """List the roles that wait, the oldest first."""
    rows = await reader.rows(SQL.list_waiting_grants, now, GRANTS_LISTED)
    return [WaitingGrant(**{**row, "role": StaffRole(row["role"])}) for row in rows]


async def count_proposed(reader: Reader) -> int:
    """Count the proposals that wait."""
    found: int = await reader.value(SQL.count_proposed)
    return found


def _proposal(row: Row) -> Proposal:
    values = {name: row[name] for name in _FIELDS}
    deed: Deed = msgspec.convert(values.pop("deed"), Deed)
    return Proposal(**{**values, "deed": deed, "state": State(values["state"])})
