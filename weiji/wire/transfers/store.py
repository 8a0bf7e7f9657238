"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of
from weiji.wire.transfers.model import BillState, TransferBill

SQL = sql.beside(__file__)

_CHANGING: Final = ("id", "state", "due_at", "person_id", "confirmed_at", "ended_at")


def _bill(row: Row) -> TransferBill:
    values = {name: row[name] for name in TransferBill.__struct_fields__}
    return TransferBill(**{**values, "state": BillState(values["state"])})


async def lock_bills(tx: Transaction, bill_ids: Collection[UUID]) -> dict[UUID, TransferBill]:
    """Lock bills until *tx* ends."""
    ids = sorted(set(bill_ids))
    return {row["id"]: _bill(row) for row in await tx.rows(SQL.lock_bills, shards_of(ids), ids)}


async def get_bills(reader: Reader, bill_ids: Collection[UUID]) -> dict[UUID, TransferBill]:
    """Read bills."""
    ids = sorted(set(bill_ids))
    return {row["id"]: _bill(row) for row in await reader.rows(SQL.get_bills, shards_of(ids), ids)}


async def find_bill_for_payee(reader: Reader, bill_id: UUID) -> tuple[TransferBill, str] | None:
    """Read a bill with the name of its shop."""
    row = await reader.row(SQL.find_bill_for_payee, shard_of(bill_id), bill_id)
    return (_bill(row), row["shop_name"]) if row else None


async def list_bills(
    reader: Reader, shop_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[TransferBill]:
    """Read the bills of a shop, the last first."""
    at, id = before or (None, None)
    return [_bill(row) for row in await reader.rows(SQL.list_bills, shard_of(shop_id), shop_id, at, id, limit)]


async def add_bills(tx: Transaction, bills: Sequence[TransferBill]) -> None:
    """Write bills that are new."""
    if bills:
        ids, *facts = columns(bills, *TransferBill.__struct_fields__[:-3])
        await tx.run(SQL.add_bills, shards_of(ids), ids, *facts)


async def change_bills(tx: Transaction, bills: Sequence[TransferBill]) -> None:
    """Write bills that are locked."""
    if bills:
        ids, *facts = columns(bills, *_CHANGING)
        await tx.run(SQL.change_bills, shards_of(ids), ids, *facts)


async def get_due_bills(reader: Reader, now: datetime, limit: int) -> list[UUID]:
    """Read which bills the clock has to end."""
    return [row["id"] for row in await reader.rows(SQL.get_due_bills, now, limit)]
