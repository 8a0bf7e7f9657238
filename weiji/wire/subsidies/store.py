"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import shards_of
from weiji.wire.subsidies.model import Subsidy, SubsidyReturn

SQL = sql.beside(__file__)


async def get_subsidies(reader: Reader, subsidy_ids: Collection[UUID]) -> dict[UUID, Subsidy]:
    """Read subsidies."""
    ids = sorted(set(subsidy_ids))
    return {row["id"]: Subsidy(**dict(row)) for row in await reader.rows(SQL.get_subsidies, shards_of(ids), ids)}


async def add_subsidies(tx: Transaction, subsidies: Sequence[Subsidy]) -> None:
    """Write subsidies that are new."""
    if subsidies:
        ids, *facts = columns(subsidies, *Subsidy.__struct_fields__)
        await tx.run(SQL.add_subsidies, shards_of(ids), ids, *facts)


async def get_subsidy_returns(reader: Reader, return_ids: Collection[UUID]) -> dict[UUID, SubsidyReturn]:
    """Read what went back of subsidies."""
    ids = sorted(set(return_ids))
    rows = await reader.rows(SQL.get_subsidy_returns, shards_of(ids), ids)
    return {row["id"]: SubsidyReturn(**dict(row)) for row in rows}


async def list_answered_refunds(reader: Reader, refund_ids: Collection[UUID]) -> set[UUID]:
    """Say for which refunds some of a subsidy went back. Whoever returns more holds the order."""
    ids = sorted(set(refund_ids))
    return {row["refund_id"] for row in await reader.rows(SQL.list_answered_refunds, shards_of(ids), ids)}


async def add_subsidy_returns(tx: Transaction, returns: Sequence[SubsidyReturn]) -> None:
    """Write what is on its way back."""
    if returns:
        ids, *facts = columns(returns, *SubsidyReturn.__struct_fields__)
        await tx.run(SQL.add_subsidy_returns, shards_of(ids), ids, *facts)
