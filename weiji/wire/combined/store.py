"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

import msgspec

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of
from weiji.wire.combined.model import CombinedOrder
from weiji.wire.trade import Kind, Line

SQL = sql.beside(__file__)

_NEW: Final = CombinedOrder.__struct_fields__[:-2]


def _combined(row: Row) -> CombinedOrder:
    values = {name: row[name] for name in CombinedOrder.__struct_fields__}
    lines = msgspec.convert(values["lines"], tuple[Line, ...])
    return CombinedOrder(**{**values, "kind": Kind(values["kind"]), "lines": lines})


async def lock_combined(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, CombinedOrder]:
    """Lock combined orders until *tx* ends."""
    wanted = sorted(set(ids))
    return {row["id"]: _combined(row) for row in await tx.rows(SQL.lock_combined, shards_of(wanted), wanted)}


async def get_combined(reader: Reader, ids: Collection[UUID]) -> dict[UUID, CombinedOrder]:
    """Read combined orders."""
    wanted = sorted(set(ids))
    return {row["id"]: _combined(row) for row in await reader.rows(SQL.get_combined, shards_of(wanted), wanted)}


async def find_combined_for_payer(reader: Reader, combined_id: UUID) -> tuple[CombinedOrder, str] | None:
    """Read a combined order with the name of the shop whose program made it."""
    row = await reader.row(SQL.find_combined_for_payer, shard_of(combined_id), combined_id)
    return (_combined(row), row["shop_name"]) if row else None


async def add_combined(tx: Transaction, combined: Sequence[CombinedOrder]) -> None:
    """Write combined orders that are new."""
    if combined:
        ids, *facts = columns(combined, *_NEW)
        await tx.run(SQL.add_combined, shards_of(ids), ids, *facts)


async def end_combined(tx: Transaction, combined: Sequence[CombinedOrder]) -> None:
    """Write how combined orders that are locked ended."""
    if combined:
        ids, *facts = columns(combined, "id", "ended_at", "is_paid")
        await tx.run(SQL.end_combined, shards_of(ids), ids, *facts)
